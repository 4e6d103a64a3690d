/** A container that keeps running: start it, wait until it is ready, look at it, stop it. */
import assert from 'node:assert/strict';
import { createDockerExecutor } from 'slipway';

const image = 'python:3.13-slim';
await using slipway = createDockerExecutor();

const pulled = await slipway.pullImage(image);
console.log(pulled.digest, pulled.alreadyUpToDate ? 'was there already' : 'was downloaded');

// Detached: the answer comes when the program runs, and it runs on for a minute at most.
const { containerId, name } = await slipway.executeContainer({
  image,
  command: ['python3', '-u', '-m', 'http.server', '8080'],
  detach: true,
  timeoutMs: 60_000,
});
const { line } = await slipway.waitFor(containerId, { logLine: /^Serving HTTP/ });
console.log(`${name}: ${line}`);

const running = await slipway.listRunningContainers();
const ours = running.find(({ id }) => id === containerId);
console.log(ours?.image, ours?.status);

const { memoryBytes, pids } = await slipway.stats(containerId);
console.log(`${Math.round(memoryBytes / 1024)} KiB of memory, ${pids} processes`);

let log = '';
for await (const { text } of slipway.logs(containerId)) log += text;

const stopped = await slipway.stopContainer(containerId, { graceMs: 1_000 });
const left = await slipway.listRunningContainers();

assert.equal(ours?.image, image);
assert.equal(ours.managed, true);
assert.ok(memoryBytes > 0);
assert.match(log, /port 8080/);
assert.equal(stopped.alreadyStopped, false);
assert.ok(left.every(({ id }) => id !== containerId));
