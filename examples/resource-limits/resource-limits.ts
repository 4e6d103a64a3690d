/** Memory, CPU, processes: what a run may use, what happens when it wants more, and the operator's maximum. */
import assert from 'node:assert/strict';
import { createDockerExecutor, isSlipwayError } from 'slipway';

const image = 'python:3.13-slim';
await using slipway = createDockerExecutor({
  policy: { limits: { memoryBytes: { default: '128m', max: '256m' } } },
});

// The result says which limits were in force, as the engine reported them.
const modest = await slipway.executeContainer({
  image,
  command: ['python3', '-c', 'print("small enough")'],
  memoryBytes: '64m',
  cpus: 0.5,
  pids: 16,
});
console.log(modest.limits);

// Beyond its memory a program is killed, and the result says so.
const greedy = await slipway.executeContainer({
  image,
  command: ['python3', '-c', 'x = bytearray(512 * 1024 * 1024)'],
  memoryBytes: '64m',
});
console.log(greedy.status, greedy.errorMessage);

// Beyond its processes it cannot start another one; the machine does not notice.
const forking = await slipway.executeContainer({
  image,
  command: 'for n in $(seq 50); do sleep 60 & done; echo "not reached"',
  pids: 16,
});
console.log(forking.exitCode, forking.stderr);

// More than the operator permits is refused before anything runs.
const refusal: unknown = await slipway
  .executeContainer({ image, command: ['true'], memoryBytes: '1g' })
  .catch((error: unknown) => error);
console.log(String(refusal));

assert.equal(modest.limits?.memoryBytes, 64 * 1024 * 1024);
assert.equal(modest.limits.cpus, 0.5);
assert.equal(modest.limits.pids, 16);
assert.equal(greedy.status, 'out_of_memory');
assert.equal(forking.success, false);
assert.match(forking.stderr, /fork/);
assert.ok(isSlipwayError(refusal, 'LIMIT_EXCEEDED'));
