/**
 * `npm run examples`: what they need is set up first (dependencies, build, engine), then every
 * example of `examples/` is compiled and run on the real engine, each in its own process.
 * `npm run examples -- python-script` runs one and shows its output.
 *
 * The last line is `examples: N passed, N failed`.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { engineUp } from './engine/index.mjs';
import { bin, build, install, requireNode, root, runProgram } from './support/project.mjs';

/** Ends an example that hangs. A healthy one takes a few seconds. */
const LONGEST_EXAMPLE_MS = 120_000;

/** Where they are compiled to. In `node_modules`, so that they find the packages they import. */
const COMPILED = path.join(root, 'node_modules', '.examples');

requireNode();
const wanted = process.argv.slice(2);
const stories = chooseStories(wanted);
await install();
console.log('> Building');
await build();
const engine = await engineUp({ log: console.log });
console.log(`> Running the examples on ${engine.dockerHost}`);
// Examples reach the private engine through their environment, as every client of Docker does.
const env = { ...process.env, DOCKER_HOST: engine.dockerHost };
let failed = 0;
try {
  await compile();
  for (const story of stories) failed += (await runStory(story)) ? 0 : 1;
} catch (error) {
  console.log(String(error));
  failed = stories.length;
} finally {
  rmSync(COMPILED, { recursive: true, force: true });
}
console.log(`examples: ${stories.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/**
 * @param {readonly string[]} names none for all of them
 * @returns {readonly string[]}
 */
function chooseStories(names) {
  const all = readdirSync(path.join(root, 'examples'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const unknown = names.find((name) => !all.includes(name));
  if (unknown !== undefined) {
    throw new Error(`There is no example "${unknown}". There are: ${all.join(', ')}.`);
  }
  return names.length === 0 ? all : names;
}

/**
 * Node 20 does not run TypeScript. The examples import `slipway` by a link, as a project that
 * depends on it does: what is checked and run is the built package.
 */
async function compile() {
  const config = {
    extends: '../../tsconfig.json',
    compilerOptions: {
      noEmit: false,
      rootDir: '../..',
      outDir: '.',
      paths: {},
      // A failure names the line of the example.
      sourceMap: true,
    },
    include: ['../../examples'],
    // What they build has packages of its own.
    exclude: ['../../examples/*/server'],
  };
  rmSync(COMPILED, { recursive: true, force: true });
  mkdirSync(path.join(COMPILED, 'node_modules'), { recursive: true });
  writeFileSync(path.join(COMPILED, 'tsconfig.json'), JSON.stringify(config));
  writeFileSync(path.join(COMPILED, 'package.json'), JSON.stringify({ type: 'module' }));
  // A junction needs no rights on Windows; elsewhere the word means nothing.
  symlinkSync(root, path.join(COMPILED, 'node_modules', 'slipway'), 'junction');
  await runProgram(bin('tsc'), ['-p', path.join(COMPILED, 'tsconfig.json')]);
}

/**
 * @param {string} story
 * @returns {Promise<boolean>} it exited with 0
 */
async function runStory(story) {
  const began = performance.now();
  const { end, output } = await runExample(path.join(COMPILED, 'examples', story, `${story}.js`));
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const passed = end === 'exit code 0';
  console.log(
    passed ? `ok      ${story} (${seconds} s)` : `FAILED  ${story} (${seconds} s, ${end})`,
  );
  if (!passed || wanted.length > 0) console.log(indented(output));
  return passed;
}

/**
 * @param {string} file
 * @returns {Promise<{ end: string, output: string }>}
 */
async function runExample(file) {
  const child = spawn(process.execPath, ['--enable-source-maps', file], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LONGEST_EXAMPLE_MS,
    killSignal: 'SIGKILL',
  });
  /** @type {Promise<string>} */
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  const [end, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { end, output: stdout + stderr };
}

/** @param {string} output */
function indented(output) {
  return output.trimEnd().replaceAll(/^/gm, '        ');
}
