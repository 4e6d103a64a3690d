import type { z } from 'zod';
import { newest } from '../core/newest.js';
import { jsonLines } from './json-lines.js';
import { connectionError } from './map-error.js';
import type { ContainerStats } from './ports.js';
import { readReply, stats as statsReply } from './replies.js';
import type { Transport } from './transport.js';

type Sample = z.output<typeof statsReply>;

const OPERATION = 'read stats';

/**
 * See `ContainerRuntime.watchStats`. Always the engine's stream and never its single answer: what
 * that holds of the sample before differs between engines (20.10 waits for one, `one-shot` leaves
 * it out, Podman counts from the start), and CPU use is a difference.
 */
export async function* watchStats(
  transport: Transport,
  id: string,
  signal?: AbortSignal,
): AsyncGenerator<ContainerStats, void> {
  const { body } = await transport.stream({
    method: 'GET',
    path: `/containers/${id}/stats`,
    operation: OPERATION,
    query: { stream: true },
    deadlineMs: transport.deadlines.queryMs,
    signal,
  });
  try {
    let previous: Sample | undefined;
    for await (const value of newest(jsonLines(body))) {
      const sample = readReply(statsReply, value, OPERATION);
      if (!isRunning(sample)) return;
      if (previous !== undefined) yield statsBetween(previous, sample);
      previous = sample;
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw connectionError(error, OPERATION, transport.endpoint);
  } finally {
    body.destroy();
  }
}

/** A container that does not run gets samples too: of the year 1, with nothing in them. */
function isRunning(sample: Sample): boolean {
  return Date.parse(sample.read) > 0;
}

/** What `docker stats` shows, from two samples. */
export function statsBetween(before: Sample, sample: Sample): ContainerStats {
  const { memory_stats: memory, blkio_stats: block } = sample;
  return {
    readAt: new Date(sample.read),
    cpuPercent: cpuPercent(before, sample),
    cpuTimeMs: sample.cpu_stats.cpu_usage.total_usage / 1e6,
    memoryBytes: memory.usage - droppable(memory),
    memoryLimitBytes: memory.limit,
    networkRxBytes: sum(sample.networks.map((network) => network.rx_bytes)),
    networkTxBytes: sum(sample.networks.map((network) => network.tx_bytes)),
    blockReadBytes: sum(block.filter(({ op }) => /^read$/i.test(op)).map(({ value }) => value)),
    blockWriteBytes: sum(block.filter(({ op }) => /^write$/i.test(op)).map(({ value }) => value)),
    pids: sample.pids_stats,
  };
}

/** The share of the machine's CPU time, times its CPUs; of the wall time where that is not told. */
function cpuPercent(before: Sample, sample: Sample): number {
  const used = sample.cpu_stats.cpu_usage.total_usage - before.cpu_stats.cpu_usage.total_usage;
  const machine = sample.cpu_stats.system_cpu_usage - before.cpu_stats.system_cpu_usage;
  const cpus = sample.cpu_stats.online_cpus;
  const wallNs = (Date.parse(sample.read) - Date.parse(before.read)) * 1e6;
  const perCore = machine > 0 && cpus > 0 ? machine / cpus : wallNs;
  return perCore > 0 && used > 0 ? (used / perCore) * 100 : 0;
}

/** Page cache not in use of late: `total_inactive_file` of cgroup v1, `inactive_file` of v2. */
function droppable({ usage, stats }: Sample['memory_stats']): number {
  const cache = stats['total_inactive_file'] ?? stats['inactive_file'] ?? 0;
  return cache < usage ? cache : 0;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
