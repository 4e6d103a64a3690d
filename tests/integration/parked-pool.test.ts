/** Containers that wait: how many, how long, and for whom. */
import { describe, expect, test } from 'vitest';
import { askEngine, containersWithLabel, inspect } from '../support/engine-view.js';
import { errorOf, testExecutor, waitingIds } from '../support/executor.js';
import { BUSYBOX, PARKED, sh } from '../support/parked.js';

const warm = testExecutor({ warm: { containers: 6, memoryBytes: '1g' } });
const shortly = testExecutor({ warm: { idleMs: 1000 } });
const closed = testExecutor({ warm: { containers: 4 } });

describe('containers that wait', () => {
  const few = testExecutor({ warm: { containers: 2 } });

  test('are not listed, and cannot be stopped by name: they are nobody’s runs', async () => {
    const { executor, mine } = warm;
    await executor.park({ image: BUSYBOX, ...mine });
    const [id = ''] = await waitingIds(warm);
    expect(id).not.toBe('');
    const listed = await executor.listRunningContainers();
    expect(listed.map((one) => one.id)).not.toContain(id);
    await errorOf('NOT_MANAGED', executor.stopContainer(id));
  });

  test('have the same box as a run', async () => {
    await warm.executor.park({ image: BUSYBOX, ...warm.mine });
    const [id = ''] = await waitingIds(warm);
    expect(await inspect(id)).toMatchObject({
      HostConfig: {
        NetworkMode: 'none',
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges:true'],
        PidsLimit: 512,
        Privileged: false,
      },
    });
  });

  test('are at most as many as were permitted, of the kind that was used last', async () => {
    const { executor, mine, label } = few;
    const kinds = ['1', '2', '3'].map((uid) => ({
      image: BUSYBOX,
      user: uid,
      ...sh('id -u'),
      ...mine,
    }));
    for (const config of kinds) {
      await executor.executeContainer(config);
      await executor.settled();
    }
    expect(await containersWithLabel(label)).toHaveLength(2);
    const [, second, third] = kinds;
    for (const config of [second, third]) {
      if (config === undefined) throw new Error('there are three kinds');
      expect((await executor.executeContainer(config)).path).toEqual(PARKED);
      await executor.settled();
    }
    const reason = 'there is no room for more';
    expect(await executor.park({ image: BUSYBOX, ...mine }, 3)).toEqual({ waiting: 2, reason });
  });

  test('that end while they wait serve nobody, and are replaced', async () => {
    const { executor, mine } = warm;
    const config = { image: BUSYBOX, ...sh('echo alive'), ...mine };
    await executor.park(config, 2);
    for (const id of await waitingIds(warm)) await askEngine('POST', `/containers/${id}/kill`);
    const result = await executor.executeContainer(config);
    expect(result).toMatchObject({ status: 'exited', exitCode: 0, stdout: 'alive\n' });
    expect(await executor.park(config, 1)).toEqual({ waiting: 1, reason: null });
  });

  test('are removed when nobody used them for as long as was said', async () => {
    await shortly.executor.executeContainer({ image: BUSYBOX, ...sh('true'), ...shortly.mine });
    const [id = ''] = await waitingIds(shortly);
    await askEngine('POST', `/containers/${id}/wait?condition=removed`);
    await shortly.executor.settled();
    expect(await containersWithLabel(shortly.label)).toEqual([]);
  });

  test('are gone when the executor is closed, and those of ended runs as well', async () => {
    const { executor, mine, label } = closed;
    await executor.park({ image: BUSYBOX, ...mine }, 3);
    const running = executor.executeContainer({ image: BUSYBOX, ...sh('sleep 600'), ...mine });
    const ended = await executor.executeContainer({ image: BUSYBOX, ...sh('true'), ...mine });
    expect(ended.cleanup).toBe('removing');
    await executor.close();
    expect(await containersWithLabel(label)).toEqual([]);
    expect(await running).toMatchObject({ status: 'cancelled' });
  });
});
