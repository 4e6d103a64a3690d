import { randomBytes } from 'node:crypto';
import { afterAll, expect } from 'vitest';
import {
  createDockerExecutor,
  type DockerExecutor,
  type DockerExecutorOptions,
} from '../../src/index.js';
import { containersWithLabel } from './engine-view.js';

export { errorOf } from './failure.js';

export interface TestExecutor {
  readonly executor: DockerExecutor;
  /** Options that mark every container of this suite. */
  readonly mine: { readonly labels: Readonly<Record<string, string>> };
  /** `name=value` of that mark. */
  readonly label: string;
}

/** An executor on the real engine; at the end of the file none of its containers may be left. */
export function testExecutor(options: DockerExecutorOptions = {}): TestExecutor {
  const mark = randomBytes(8).toString('hex');
  const executor = createDockerExecutor(options);
  const label = `slipway.test=${mark}`;
  afterAll(async () => {
    await executor.close();
    expect(await containersWithLabel(label)).toEqual([]);
  });
  return { executor, label, mine: { labels: { 'slipway.test': mark } } };
}
