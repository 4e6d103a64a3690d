import { z } from 'zod';
import { stripControl } from '../core/text.js';
import type { ContainerSummary, PublishedPort } from '../engine/ports.js';
import { SHORT_ID } from './container-field.js';
import { booleanField, textField } from './fields.js';
import { defineTool } from './tool.js';

/** A listing is for choosing a container; `total` tells when there are more. */
const SHOWN_CONTAINERS = 100;

/** A container may publish ten thousands. */
const SHOWN_PORTS = 20;

const containerOutput = z.object({
  container_id: z.string(),
  name: z.string(),
  image: z.string(),
  status: z.string(),
  created: z.string(),
  ports: z.array(z.string()),
  managed: z.boolean().describe('started by Slipway'),
});

export const listRunningContainers = defineTool({
  name: 'list_running_containers',
  title: 'List running containers',
  description:
    'List running containers, newest first. Those with managed=true were started by Slipway and can be stopped with stop_container.',
  effect: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: z.strictObject({
    managed_only: booleanField.optional(),
    name: textField(255).optional().describe('Part of the name.'),
    image: textField(512).optional().describe('Part of the image.'),
  }),
  output: z.object({
    success: z.boolean(),
    error_message: z.string().nullable(),
    total: z.number(),
    containers: z.array(containerOutput),
  }),
  run: async ({ managed_only = false, name = '', image = '' }, { executor, signal }) => {
    const running = await executor.listRunningContainers({ signal });
    const wanted = running.filter(
      (one) =>
        (one.managed || !managed_only) && one.name.includes(name) && one.image.includes(image),
    );
    const containers = wanted.slice(0, SHOWN_CONTAINERS).map(listed);
    return {
      output: { success: true, error_message: null, total: wanted.length, containers },
      isError: false,
    };
  },
  failed: ({ errorMessage }) => ({
    success: false,
    error_message: errorMessage,
    total: 0,
    containers: [],
  }),
});

function listed(container: ContainerSummary): z.output<typeof containerOutput> {
  return {
    container_id: container.id.slice(0, SHORT_ID),
    name: stripControl(container.name),
    image: stripControl(container.image),
    status: container.status,
    created: container.createdAt.toISOString(),
    ports: portTexts(container.ports),
    managed: container.managed,
  };
}

function portTexts(ports: readonly PublishedPort[]): string[] {
  const shown = ports.slice(0, SHOWN_PORTS).map(portText);
  const more = ports.length - shown.length;
  return more > 0 ? [...shown, `and ${more} more`] : shown;
}

/** As `docker ps` writes it: `127.0.0.1:8080->80/tcp`, or `80/tcp` when it is not published. */
export function portText(port: PublishedPort): string {
  const inside = `${port.containerPort}/${port.protocol}`;
  if (port.hostPort === null) return inside;
  const address = port.hostAddress ?? '0.0.0.0';
  return `${address.includes(':') ? `[${address}]` : address}:${port.hostPort}->${inside}`;
}
