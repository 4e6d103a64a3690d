/** A Python script, its output and its exit code. */
import assert from 'node:assert/strict';
import { createDockerExecutor } from 'slipway';

const script = `
import statistics

values = [3, 5, 8, 13]
print("mean", statistics.mean(values))
print("median", statistics.median(values))
`;

await using slipway = createDockerExecutor();
const result = await slipway.executeContainer({
  image: 'python:3.13-slim',
  command: ['python3', '-c', script],
});
console.log(result.stdout);
console.log(`exit code ${result.exitCode} after ${Math.round(result.executionTime)} ms`);

// A script that fails is a result too: nothing is thrown.
const broken = await slipway.executeContainer({
  image: 'python:3.13-slim',
  command: ['python3', '-c', 'print(1 / 0)'],
});
console.log(broken.stderr);

assert.equal(result.success, true);
assert.equal(result.stdout, 'mean 7.25\nmedian 6.5\n');
assert.equal(broken.success, false);
assert.equal(broken.exitCode, 1);
assert.match(broken.stderr, /ZeroDivisionError/);
