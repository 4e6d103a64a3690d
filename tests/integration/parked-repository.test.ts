/** Runs of repositories where containers wait for other runs. */
import { randomBytes } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { createDockerExecutor } from '../../src/index.js';
import { containersWithLabel, imagesWithLabel } from '../support/engine-view.js';
import { serveRepository } from '../support/git-server.js';
import { BUSYBOX } from '../support/parked.js';
import { recordingLogger } from '../support/recording-logger.js';

test('the image of a repository has no container wait for a run that cannot come', async () => {
  const [name, value] = ['slipway.test', randomBytes(8).toString('hex')];
  const Dockerfile = `FROM ${BUSYBOX}\nLABEL ${name}=${value}\nCMD ["echo", "hi"]\n`;
  const repository = await serveRepository({ files: { Dockerfile } });
  onTestFinished(() => repository.close());
  const logger = recordingLogger();
  const policy = { repositories: { hosts: [repository.origin] } };
  await using executor = createDockerExecutor({ warm: true, policy, logger });
  const config = { repositoryUrl: repository.url, labels: { [name]: value } };
  const result = await executor.buildAndExecuteGitHubRepo(config);
  expect(result).toMatchObject({
    stdout: 'hi\n',
    cleanup: 'removed',
    path: { kind: 'cold', reason: 'its image is removed after the run' },
  });
  await executor.settled();
  expect(await containersWithLabel(`${name}=${value}`)).toEqual([]);
  expect(await imagesWithLabel(`${name}=${value}`)).toEqual([]);
  const events = logger.events.map(({ event }) => event);
  expect(events).toContain('run.finished');
  expect(events.filter((event) => /cleanup_pending|^parked\./.test(event))).toEqual([]);
});
