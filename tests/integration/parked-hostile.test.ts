/** Images whose shell does not only wait when it is told to. */
import { expect, test } from 'vitest';
import { askEngine, containersWithLabel } from '../support/engine-view.js';
import { testExecutor, waitingIds } from '../support/executor.js';
import { PARKED } from '../support/parked.js';
import { recordingLogger } from '../support/recording-logger.js';
import { testImage } from '../support/test-image.js';

const NOISY = 'the shell of its image wrote something while it waited';
const MIB = 1024 * 1024;
/** The word that it waits; then, on a signal, as much as it can write. */
const SHELL = [
  '#!/bin/busybox sh',
  "trap 'exec /bin/busybox yes' USR1",
  "printf '\\002slipway-ready;'",
  'while :; do /bin/busybox sleep 600; done',
];
/** An instruction that makes these lines the shell of the image. */
const asShell = (lines: readonly string[]): string => {
  const text = Buffer.from(`${lines.join('\n')}\n`).toString('base64');
  const write = `echo ${text} | /bin/busybox base64 -d > /bin/new`;
  return `${write} && /bin/busybox chmod 755 /bin/new && /bin/busybox mv /bin/new /bin/sh`;
};

const logger = recordingLogger();
const warm = testExecutor({ warm: true, logger });
const bounded = testExecutor({
  policy: { limits: { timeoutMs: { default: 3000, max: 3000 } } },
  warm: true,
});

test('a shell that floods while it waits is removed at once, and not parked again', async () => {
  const { executor, mine, label } = warm;
  await using image = await testImage({ RUN: asShell(SHELL) });
  const run = { image: image.reference, command: ['/bin/busybox', 'echo', 'hi'], ...mine };
  expect(await executor.park(run)).toEqual({ waiting: 1, reason: null });
  const [id = ''] = await waitingIds(warm);
  const before = process.memoryUsage().rss;
  await askEngine('POST', `/containers/${id}/kill?signal=USR1`);
  expect(await logger.heard('parked.unfit')).toEqual({ image: image.reference, reason: NOISY });
  await executor.settled();
  expect(await containersWithLabel(label)).toEqual([]);
  expect(process.memoryUsage().rss - before).toBeLessThan(64 * MIB);
  for (let i = 0; i < 2; i += 1) {
    const result = await executor.executeContainer(run);
    expect(result).toMatchObject({ stdout: 'hi\n', path: { kind: 'cold', reason: NOISY } });
    await executor.settled();
  }
  expect(await executor.park(run)).toEqual({ waiting: 0, reason: NOISY });
  expect(await containersWithLabel(label)).toEqual([]);
});

test('none waits longer than the longest run that the policy permits', async () => {
  const { executor, mine, label } = bounded;
  const run = { image: 'busybox:1.36', command: ['true'], ...mine };
  await executor.executeContainer(run);
  const [id = ''] = await waitingIds(bounded);
  await askEngine('POST', `/containers/${id}/wait?condition=removed`);
  await executor.settled();
  expect(await containersWithLabel(label)).toEqual([]);
  // It was one that a run could have had.
  await executor.park(run);
  expect((await executor.executeContainer(run)).path).toEqual(PARKED);
});
