import { expect, it } from 'vitest';
import { ALL_TOOLS } from '../../../src/tools/all-tools.js';
import { openSession } from './session.js';

it('ends the jobs with the session, and waits until they have cleaned up', async () => {
  const seen: string[] = [];
  const { peer, session } = openSession(
    {
      executeContainer: (_config, options) =>
        new Promise((_, reject) => {
          options?.signal?.addEventListener('abort', () => {
            seen.push('ended');
            setImmediate(() => {
              seen.push('cleaned up');
              reject(new Error('aborted'));
            });
          });
        }),
    },
    ALL_TOOLS,
  );
  await peer.initialize();
  const { structuredContent } = await peer.callTool(1, 'start_job', {
    tool: 'execute_docker_container',
    arguments: { image: 'busybox' },
  });
  expect(structuredContent).toMatchObject({ success: true, state: 'running' });
  session.shutdown('enough');
  expect(await session.closed).toEqual({ reason: 'enough', clean: true });
  expect(seen).toEqual(['ended', 'cleaned up']);
});

it('does not take a job for a call: the answer is there while it runs', async () => {
  const { peer, session } = openSession(
    { pullImage: () => new Promise<never>(() => undefined) },
    ALL_TOOLS,
  );
  await peer.initialize();
  const started = await peer.callTool(1, 'start_job', {
    tool: 'pull_docker_image',
    arguments: { image: 'busybox' },
  });
  const { job_id } = started.structuredContent;
  const status = await peer.callTool(2, 'job_status', { job_id });
  expect(status.structuredContent).toMatchObject({ success: true, state: 'running' });
  session.shutdown('enough');
  // It does not clean up, and the session does not wait for it for long.
  expect(await session.closed).toMatchObject({ clean: false });
});
