import { describe, expect, it } from 'vitest';
import { statsBetween } from '../../../src/engine/container-stats.js';
import { stats } from '../../../src/engine/replies.js';

const SECOND = 1e9;

/** A sample as an engine sends it, some time after the beginning. */
function sample(differences: object = {}, seconds = 0) {
  return stats.parse({
    read: new Date(Date.UTC(2026, 0, 31) + seconds * 1000).toISOString(),
    cpu_stats: { cpu_usage: { total_usage: 0 } },
    ...differences,
  });
}

const cpu = (used: number, machine?: number, cpus?: number) => ({
  cpu_stats: {
    cpu_usage: { total_usage: used },
    system_cpu_usage: machine,
    online_cpus: cpus,
  },
});

describe('CPU use', () => {
  it.each([
    ['one core of two', cpu(0, 0, 2), cpu(SECOND, 2 * SECOND, 2), 100],
    ['two and a half of eight', cpu(0, 0, 8), cpu(2.5 * SECOND, 8 * SECOND, 8), 250],
    ['nothing', cpu(SECOND, 0, 4), cpu(SECOND, 4 * SECOND, 4), 0],
    ['a counter that began again', cpu(SECOND, 0, 4), cpu(0, 4 * SECOND, 4), 0],
    ['of the wall time, where the machine is not told', cpu(0), cpu(SECOND / 2), 50],
    ['of the wall time, where the cores are not told', cpu(0, 0), cpu(SECOND, 2 * SECOND), 100],
  ])('%s', (_name, before, after, percent) => {
    expect(statsBetween(sample(before), sample(after, 1)).cpuPercent).toBeCloseTo(percent);
  });

  it('is 0 between two samples of one moment', () => {
    expect(statsBetween(sample(cpu(0)), sample(cpu(SECOND))).cpuPercent).toBe(0);
  });

  it('is added up in milliseconds', () => {
    expect(statsBetween(sample(), sample(cpu(1.5 * SECOND))).cpuTimeMs).toBe(1500);
  });
});

describe('memory', () => {
  const memory = (of: object) => ({ memory_stats: { usage: 1000, limit: 5000, stats: of } });

  it.each([
    ['cgroup v1', memory({ total_inactive_file: 300, inactive_file: 200 }), 700],
    ['cgroup v2', memory({ inactive_file: 200 }), 800],
    ['more cache than use, which cannot be', memory({ inactive_file: 1000 }), 1000],
    ['no details', { memory_stats: { usage: 1000, limit: 5000 } }, 1000],
  ])('is without the cache that can be dropped: %s', (_name, after, bytes) => {
    const { memoryBytes, memoryLimitBytes } = statsBetween(sample(), sample(after));
    expect([memoryBytes, memoryLimitBytes]).toEqual([bytes, 5000]);
  });
});

describe('traffic', () => {
  it('is that of all networks', () => {
    const networks = {
      eth0: { rx_bytes: 1, tx_bytes: 10 },
      eth1: { rx_bytes: 2, tx_bytes: 20 },
    };
    expect(statsBetween(sample(), sample({ networks }))).toMatchObject({
      networkRxBytes: 3,
      networkTxBytes: 30,
    });
  });

  it.each(['Read', 'read'])('is that of all block devices, whether it says %s or not', (read) => {
    const entry = (op: string, value: number) => ({ major: 8, minor: 0, op, value });
    const write = read === 'Read' ? 'Write' : 'write';
    const entries = [
      entry(read, 1),
      entry(write, 10),
      entry('Sync', 100),
      entry('Total', 111),
      entry(read, 2),
      entry(write, 20),
    ];
    const blkio = { blkio_stats: { io_service_bytes_recursive: entries } };
    expect(statsBetween(sample(), sample(blkio))).toMatchObject({
      blockReadBytes: 3,
      blockWriteBytes: 30,
    });
  });

  it('and everything else is 0 where the engine leaves it out', () => {
    const nothing = { networks: null, blkio_stats: { io_service_bytes_recursive: null } };
    expect(statsBetween(sample(), sample({ ...nothing, memory_stats: null }))).toMatchObject({
      memoryBytes: 0,
      networkRxBytes: 0,
      blockReadBytes: 0,
      pids: 0,
    });
  });
});
