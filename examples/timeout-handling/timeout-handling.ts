/** A program without end: stopped by its time limit, or by a caller who lost interest. */
import assert from 'node:assert/strict';
import { createDockerExecutor } from 'slipway';

const endless = { image: 'busybox:1.36', command: 'echo started; while true; do :; done' };

await using slipway = createDockerExecutor();

// A timeout is a result, with everything that was written so far.
const late = await slipway.executeContainer({ ...endless, timeoutMs: 1_000 });
console.log(late.status, JSON.stringify(late.stdout), late.errorMessage);

// An abort rejects with the reason of the caller's signal, after the container is removed.
const caller = new AbortController();
const reason = new Error('the user closed the window');
const aborted: unknown = await slipway
  .executeContainer(endless, {
    signal: caller.signal,
    onEvent: ({ type }) => {
      if (type === 'output') caller.abort(reason);
    },
  })
  .catch((error: unknown) => error);
console.log(String(aborted));

assert.equal(late.status, 'timed_out');
assert.equal(late.success, false);
assert.equal(late.exitCode, null);
assert.equal(late.stdout, 'started\n');
assert.equal(late.cleanup, 'removed');
assert.equal(aborted, reason);
