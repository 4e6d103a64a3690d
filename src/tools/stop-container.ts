import { z } from 'zod';
import { milliseconds, secondsField } from './fields.js';
import { defineTool } from './tool.js';

export const stopContainer = defineTool({
  name: 'stop_container',
  title: 'Stop a container',
  description:
    'Stop a running container that Slipway started. The call that runs it then returns the output so far. Stopping one that is already stopped succeeds. Affects only the given container; find its id with list_running_containers.',
  effect: { readOnly: false, destructive: true, idempotent: true, openWorld: false },
  input: z.strictObject({
    container_id: z
      .string()
      .min(1)
      .max(255)
      .describe('Container id (12 or 64 characters) or name.'),
    timeout: secondsField(0, 300)
      .optional()
      .describe('Seconds to wait for a clean exit before killing it. Default 10.'),
  }),
  output: z.object({
    success: z.boolean(),
    error_message: z.string().nullable(),
    container_id: z.string(),
    already_stopped: z.boolean(),
  }),
  run: async ({ container_id, timeout }, { executor, signal }) => {
    const options = { graceMs: milliseconds(timeout), signal };
    const stopped = await executor.stopContainer(container_id, options);
    const output = {
      success: true,
      error_message: null,
      container_id: stopped.containerId,
      already_stopped: stopped.alreadyStopped,
    };
    return { output, isError: false };
  },
  failed: ({ errorMessage, input }) => ({
    success: false,
    error_message: errorMessage,
    container_id: input?.container_id ?? '',
    already_stopped: false,
  }),
});
