/** Images that containers are to wait for, on engines that come and go. */
import { expect, it, onTestFinished, vi } from 'vitest';
import { createDockerExecutor, type DockerExecutor, type WarmOptions } from '../../src/index.js';
import { errorOf } from '../support/failure.js';
import * as faults from '../support/fake-engine/faults.js';
import { FakeEngine } from '../support/fake-engine/fake-engine.js';
import { addShellImage } from '../support/fake-engine/shell-image.js';
import { recordingLogger } from '../support/recording-logger.js';

vi.setConfig({ testTimeout: 10_000 });

const IMAGE = 'waits:1';

async function fakeWith(...images: readonly string[]): Promise<FakeEngine> {
  const fake = await FakeEngine.forTest();
  for (const image of images) addShellImage(fake, image);
  return fake;
}

function warmExecutor(fake: FakeEngine, warm: readonly string[] | WarmOptions) {
  const logger = recordingLogger();
  const executor = createDockerExecutor({ dockerHost: fake.endpoint, warm, logger });
  onTestFinished(() => executor.close());
  return { executor, logger, failed: () => logger.heard('warm.failed') };
}

/** Names of the containers that wait once so many were begun. */
async function waiting(fake: FakeEngine, executor: DockerExecutor, begun = 1) {
  await fake.asked('start', begun);
  await executor.settled();
  return fake.containers.all.map(({ name }) => name);
}

it('tells of an image without a shell', async () => {
  const fake = await fakeWith();
  const { failed } = warmExecutor(fake, ['busybox:1.36']);
  const reason = 'its image has no shell that could wait';
  expect(await failed()).toEqual({ image: 'busybox:1.36', reason });
});

it('tells of one image more than there is room for', async () => {
  const fake = await fakeWith('one:1', 'two:1');
  const images = ['one:1', 'two:1'];
  const { failed, executor } = warmExecutor(fake, { images, containers: 1 });
  const { image, reason } = await failed();
  expect(images).toContain(image);
  expect(reason).toBe('there is no room for more');
  expect(await waiting(fake, executor)).toHaveLength(1);
});

it('is done, once, on an engine that is started later', async () => {
  const fake = await fakeWith(IMAGE);
  await fake.crash();
  const { executor, logger, failed } = warmExecutor(fake, [IMAGE]);
  expect(await failed()).toMatchObject({ image: IMAGE });
  await errorOf('ENGINE_UNREACHABLE', executor.listRunningContainers());
  await fake.listen();
  expect(await executor.listRunningContainers()).toEqual([]);
  expect(await waiting(fake, executor)).toHaveLength(1);
  expect(fake.count('create')).toBe(1);
  expect(logger.events.filter(({ event }) => event === 'warm.failed')).toHaveLength(1);
});

/** From the next call on, an engine is asked again whether it is there. */
function someTimeLater(): void {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  vi.advanceTimersByTime(15_000);
}

it('is done again after a new connection', async () => {
  const fake = await fakeWith(IMAGE);
  const { executor } = warmExecutor(fake, [IMAGE]);
  const before = await waiting(fake, executor);
  expect(before).toHaveLength(1);
  someTimeLater();
  fake.fail('ping', faults.closeBeforeHeaders, 1);
  await executor.listRunningContainers();
  await fake.asked('remove');
  const after = await waiting(fake, executor, 2);
  expect(after).toHaveLength(1);
  expect(after).not.toEqual(before);
  expect(fake.count('create')).toBe(2);
});

it('is done again on an engine that was away until none was tried any more', async () => {
  const fake = await fakeWith(IMAGE);
  const { executor, logger } = warmExecutor(fake, [IMAGE]);
  expect(await waiting(fake, executor)).toHaveLength(1);
  fake.fail('create', faults.closeBeforeHeaders);
  for (const container of fake.containers.all) container.exit(137);
  await logger.heard('parked.failed');
  await executor.settled();
  await fake.crash();
  someTimeLater();
  await errorOf('ENGINE_UNREACHABLE', executor.listRunningContainers());
  await fake.heal();
  const begun = fake.count('start');
  await executor.listRunningContainers();
  await waiting(fake, executor, begun + 1);
  expect(fake.containers.all.filter(({ running }) => running)).toHaveLength(1);
});
