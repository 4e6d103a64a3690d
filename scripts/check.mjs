/**
 * `npm run check`: everything that can be checked without an engine. Each check is run even when
 * an earlier one failed, so that one run shows all there is to mend.
 */
import { bin, build, install, requireNode, runProgram } from './support/project.mjs';

/** @type {readonly (readonly [string, () => Promise<void>])[]} */
const CHECKS = [
  ['format', () => runProgram(bin('oxfmt'), ['--check', '.'], { quiet: true })],
  ['lint', () => runProgram(bin('oxlint'), [], { quiet: true })],
  ['types', () => runProgram(bin('tsc'), ['--noEmit'], { quiet: true })],
  ['unused', () => runProgram(bin('knip'), [], { quiet: true })],
  ['build', () => build()],
  [
    'unit and architecture',
    () =>
      runProgram(bin('vitest'), ['run', '--project', 'unit', '--project', 'architecture'], {
        quiet: true,
      }),
  ],
  ['publint', () => runProgram(bin('publint'), ['--strict'], { quiet: true })],
  [
    'types of the package',
    () =>
      runProgram(bin('attw'), ['--pack', '.', '--profile', 'esm-only', '--quiet'], { quiet: true }),
  ],
];

requireNode();
await install();
let failed = 0;
for (const [name, check] of CHECKS) {
  const began = performance.now();
  const error = await check().then(() => undefined, String);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${error === undefined ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`);
  if (error !== undefined) console.log(error);
  failed += error === undefined ? 0 : 1;
}
console.log(failed === 0 ? 'All checks passed.' : `${failed} of ${CHECKS.length} checks failed.`);
process.exitCode = failed === 0 ? 0 : 1;
