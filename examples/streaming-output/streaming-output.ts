/** What a program writes, as it writes it, and the result at the end. */
import assert from 'node:assert/strict';
import { createDockerExecutor } from 'slipway';

const script = `
import sys

for step in range(1, 4):
    print(f"step {step} of 3", flush=True)
print("all steps done", file=sys.stderr)
`;

await using slipway = createDockerExecutor();

const written = { stdout: '', stderr: '' };
let exitCode: number | null = null;
const run = { image: 'python:3.13-slim', command: ['python3', '-c', script] };
for await (const event of slipway.streamContainer(run)) {
  switch (event.type) {
    case 'stdout':
    case 'stderr':
      written[event.type] += event.text;
      process[event.type].write(event.text);
      break;
    case 'gap':
      console.log('This program writes faster than it is read here; some of it is left out.');
      break;
    case 'result':
      exitCode = event.result.exitCode;
      break;
  }
}

// Leaving the loop ends the program and removes its container: `yes` would write for ever.
let seen = '';
for await (const event of slipway.streamContainer({ image: 'busybox:1.36', command: ['yes'] })) {
  if (event.type === 'stdout') seen += event.text;
  if (seen.length > 0) break;
}

assert.equal(written.stdout, 'step 1 of 3\nstep 2 of 3\nstep 3 of 3\n');
assert.equal(written.stderr, 'all steps done\n');
assert.equal(exitCode, 0);
assert.ok(seen.startsWith('y\ny\n'));
