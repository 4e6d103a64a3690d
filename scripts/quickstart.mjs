/**
 * `npm run quickstart`: from a fresh clone to code that ran in containers, started by a real MCP
 * client. Sets up what is missing, then takes the tour (`quickstart/tour.mjs`).
 */
import { engineUp } from './engine/index.mjs';
import { build, install, requireNode, runProgram } from './support/project.mjs';

const began = performance.now();
requireNode();
await install();
console.log('> Building Slipway');
await build();
const engine = await engineUp({ log: console.log });
console.log(`> Engine: ${engine.dockerHost} (images: ${engine.images})`);
const env = {
  ...process.env,
  DOCKER_HOST: engine.dockerHost,
  ...(engine.registry === null ? {} : { QUICKSTART_REGISTRY: engine.registry }),
};
const error = await runProgram(process.execPath, ['scripts/quickstart/tour.mjs'], { env }).then(
  () => undefined,
  String,
);
const seconds = ((performance.now() - began) / 1000).toFixed(0);
console.log(
  error === undefined ? `Quick start finished in ${seconds} s.` : `Quick start FAILED: ${error}`,
);
process.exitCode = error === undefined ? 0 : 1;
