/** The sources of an MCP server: detected, built, proved to answer. Needs a package registry. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { createDockerBuilder } from 'slipway';

const repoPath = path.resolve('examples/build-server/server');

await using builder = createDockerBuilder();

// What is in the folder, and what says so. Nothing is run for that.
const detection = await builder.detect(repoPath);
assert.equal(detection.kind, 'server');
for (const { field, value, source } of detection.plan.evidence.slice(0, 5)) {
  console.log(`${field}: ${value} (${source})`);
}

// Without its token the server does not start: the verdict names what is missing.
const config = { repoPath, deploymentId: 'weather-example' };
const without = await builder.buildImage({
  ...config,
  onEvent: (event) => {
    if (event.type === 'building') console.log(event.progress.message);
  },
});
console.log(without.status, without.probe?.missing);

// With it, the image lists its tools. Nothing changed, so nothing is built again.
const result = await builder.buildImage({ ...config, env: { WEATHER_TOKEN: 'x' } });
console.log(result.status, result.imageTag, result.probe?.tools);

// An image that works stays until it is removed.
if (result.imageTag !== null) await builder.removeImage(result.imageTag);

assert.equal(without.status, 'needs_config');
assert.deepEqual(without.probe?.missing, ['WEATHER_TOKEN']);
assert.equal(result.status, 'works');
assert.equal(result.cached, true);
assert.deepEqual(
  result.probe?.tools.map(({ name }) => name),
  ['forecast'],
);
