import { LABEL, verifyLabels } from './labels.js';
import type { ContainerSummary, PublishedPort } from './ports.js';
import { listed, readReply } from './replies.js';
import type { Transport } from './transport.js';
import type { z } from 'zod';

type Listed = z.output<typeof listed>[number];

/** See `ContainerRuntime.list`. Only safe fields: a command or a label may hold secrets. */
export async function listContainers(
  transport: Transport,
  key: Uint8Array,
  options: { readonly all: boolean; readonly signal?: AbortSignal | undefined },
): Promise<readonly ContainerSummary[]> {
  const operation = 'list containers';
  const reply = await transport.json({
    method: 'GET',
    path: '/containers/json',
    operation,
    query: { all: options.all },
    deadlineMs: transport.deadlines.queryMs,
    signal: options.signal,
  });
  return readReply(listed, reply, operation)
    .map((container) => summary(container, key))
    .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
}

function summary(container: Listed, key: Uint8Array): ContainerSummary {
  const name = containerName(container.Names);
  const managed = verifyLabels(key, name, container.Labels)?.kind === 'run';
  return {
    id: container.Id,
    name,
    image: (managed ? container.Labels[LABEL.image] : undefined) ?? container.Image,
    state: container.State,
    status: container.Status,
    createdAt: new Date(container.Created * 1000),
    ports: container.Ports.map(publishedPort),
    managed,
  };
}

/** Among the names of a container are those its links give it: `/other/alias`. */
export function containerName(names: readonly string[]): string {
  return names.map((text) => text.replace(/^\//, '')).find((text) => !text.includes('/')) ?? '';
}

function publishedPort(port: Listed['Ports'][number]): PublishedPort {
  return {
    containerPort: port.PrivatePort,
    protocol: port.Type,
    hostPort: port.PublicPort ?? null,
    hostAddress: port.IP ?? null,
  };
}
