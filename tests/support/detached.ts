import { afterEach } from 'vitest';
import type { DetachedContainer } from '../../src/index.js';
import type { TestExecutor } from './executor.js';

/** Starts shell scripts as detached containers; after each test those that are left are stopped. */
export function detachedScripts({
  executor,
  mine,
}: TestExecutor): (script: string, options?: object) => Promise<DetachedContainer> {
  const started: string[] = [];
  afterEach(async () => {
    for (const container of started.splice(0)) {
      await executor.stopContainer(container, { graceMs: 0 }).catch(() => undefined);
    }
  });
  return async (script, options = {}) => {
    const command = ['sh', '-c', script];
    const config = { image: 'busybox:1.36', command, detach: true, ...mine, ...options } as const;
    const container = await executor.executeContainer(config);
    started.push(container.containerId);
    return container;
  };
}
