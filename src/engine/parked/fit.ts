import { putFiles } from '../container-files.js';
import type { ContainerFile, ContainerSpec } from '../ports.js';
import type { ParkedContainer } from './parked-container.js';

/** Makes a parked container what a run needs, as far as the engine has to: limits and files. */
export async function fit(
  parked: ParkedContainer,
  spec: ContainerSpec,
  files: readonly ContainerFile[],
): Promise<void> {
  const { transport, id } = parked;
  if (differ(parked.spec, spec)) {
    await changeLimits(parked, spec);
    // The record tells what is in force, in the engine's words: while the program runs, there is time.
    parked.refresh();
  }
  if (files.length === 0) return;
  const { archiveMs } = transport.deadlines;
  const { volumes } = spec;
  await putFiles((call) => transport.json({ ...call, deadlineMs: archiveMs }), id, {
    files,
    volumes,
    // Made together with the container.
    writableFolders: [],
  });
}

function differ({ limits: ours }: ContainerSpec, { limits: wanted }: ContainerSpec): boolean {
  return (['memoryBytes', 'cpus', 'pids'] as const).some((name) => ours[name] !== wanted[name]);
}

async function changeLimits(
  { transport, id }: ParkedContainer,
  spec: ContainerSpec,
): Promise<void> {
  const { memoryBytes, cpus, pids } = spec.limits;
  await transport.json({
    method: 'POST',
    path: `/containers/${id}/update`,
    operation: 'change limits of container',
    json: {
      Memory: memoryBytes,
      MemorySwap: memoryBytes,
      NanoCpus: Math.round(cpus * 1e9),
      PidsLimit: pids,
    },
    deadlineMs: transport.deadlines.queryMs,
  });
}
