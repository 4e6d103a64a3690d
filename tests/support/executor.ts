import { randomBytes } from 'node:crypto';
import { afterAll, expect } from 'vitest';
import { joinExecutor } from '../../src/create.js';
import {
  createDockerExecutor,
  type DockerExecutor,
  type DockerExecutorOptions,
} from '../../src/index.js';
import { containersWithLabel, volumeNames, volumesOf } from './engine-view.js';

export { errorOf } from './failure.js';

export interface TestExecutor {
  readonly executor: DockerExecutor;
  /** Options that mark every container of this suite. */
  readonly mine: { readonly labels: Readonly<Record<string, string>> };
  /** `name=value` of that mark. */
  readonly label: string;
  /** This suite's containers on the engine, but for those that only wait for a run. */
  readonly containers: () => ReturnType<typeof containersWithLabel>;
  /** Names of the engine's volumes, but for those of containers that only wait. */
  readonly volumes: () => Promise<readonly string[]>;
}

/** What a result says of the removal: of a parked container, it can still be going on. */
export const REMOVED: unknown = expect.stringMatching(/^(?:removed|removing)$/);

/** Set for the project `parked` of the tests: there, every container that can be was parked. */
const parked = process.env['SLIPWAY_TEST_PARKED'] === '1';
const PARKING = { containers: 8, memoryBytes: 2 ** 30, idleMs: 60_000, always: true };

/** An executor on the real engine; at the end of the file none of its containers may be left. */
export function testExecutor(options: DockerExecutorOptions = {}): TestExecutor {
  const mark = randomBytes(8).toString('hex');
  const executor = parked ? joinExecutor(options, PARKING) : createDockerExecutor(options);
  const label = `slipway.test=${mark}`;
  afterAll(async () => {
    await executor.close();
    expect(await containersWithLabel(label)).toEqual([]);
  });
  const waiting = (): Promise<readonly string[]> => waitingIds({ executor, label });
  const containers: TestExecutor['containers'] = async () => {
    const ids = parked ? await waiting() : [];
    return (await containersWithLabel(label)).filter(({ Id: id }) => !ids.includes(id));
  };
  const volumes: TestExecutor['volumes'] = async () => {
    const held = parked ? await Promise.all((await waiting()).map(volumesOf)) : [];
    return (await volumeNames()).filter((name) => !held.flat().includes(name));
  };
  return { executor, label, containers, volumes, mine: { labels: { 'slipway.test': mark } } };
}

/** Ids of the containers that only wait. */
export async function waitingIds({
  executor,
  label,
}: Pick<TestExecutor, 'executor' | 'label'>): Promise<readonly string[]> {
  await executor.settled();
  const runs = new Set((await executor.listRunningContainers()).map(({ id }) => id));
  const all = await containersWithLabel(label);
  return all.filter((one) => one.State === 'running' && !runs.has(one.Id)).map(({ Id }) => Id);
}
