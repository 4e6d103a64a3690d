import { z } from 'zod';
import { containerField } from './container-field.js';
import { seconds } from './fields.js';
import { defineTool } from './tool.js';

export const containerStats = defineTool({
  name: 'container_stats',
  title: 'Measure a container',
  description:
    'What a running container that Slipway started uses right now: CPU, memory, network, disk and processes. Takes about two seconds. Find its id with list_running_containers.',
  effect: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: z.strictObject({ container_id: containerField }),
  output: z.object({
    success: z.boolean(),
    error_message: z.string().nullable(),
    container_id: z.string(),
    cpu_percent: z.number().nullable().describe('100 is one core'),
    cpu_time: z.number().nullable().describe('seconds since its start'),
    memory_bytes: z.number().nullable(),
    memory_limit_bytes: z.number().nullable(),
    processes: z.number().nullable().describe('with threads'),
    network_received_bytes: z.number().nullable(),
    network_sent_bytes: z.number().nullable(),
    disk_read_bytes: z.number().nullable(),
    disk_written_bytes: z.number().nullable(),
  }),
  run: async ({ container_id }, { executor, signal }) => {
    const used = await executor.stats(container_id, { signal });
    const output = {
      success: true,
      error_message: null,
      container_id,
      cpu_percent: tenths(used.cpuPercent),
      cpu_time: seconds(used.cpuTimeMs),
      memory_bytes: used.memoryBytes,
      memory_limit_bytes: used.memoryLimitBytes,
      processes: used.pids,
      network_received_bytes: used.networkRxBytes,
      network_sent_bytes: used.networkTxBytes,
      disk_read_bytes: used.blockReadBytes,
      disk_written_bytes: used.blockWriteBytes,
    };
    return { output, isError: false };
  },
  failed: ({ errorMessage, input }) => ({
    success: false,
    error_message: errorMessage,
    container_id: input?.container_id ?? '',
    cpu_percent: null,
    cpu_time: null,
    memory_bytes: null,
    memory_limit_bytes: null,
    processes: null,
    network_received_bytes: null,
    network_sent_bytes: null,
    disk_read_bytes: null,
    disk_written_bytes: null,
  }),
});

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
