import { z } from 'zod';
import { SlipwayError, isSlipwayError } from '../core/errors.js';
import { stripControl } from '../core/text.js';
import { SHORT_ID, containerField } from './container-field.js';
import type { StopContainerOptions, StoppedContainer } from '../execution/types.js';
import type { Executor } from './executor.js';
import { booleanField, milliseconds, secondsField } from './fields.js';
import { defineTool } from './tool.js';

export const stopContainer = defineTool({
  name: 'stop_container',
  title: 'Stop a container',
  description:
    'Stop a running container that Slipway started. The call that runs it then returns the output so far. Stopping one that is already stopped succeeds. Find its id with list_running_containers.',
  effect: { readOnly: false, destructive: true, idempotent: true, openWorld: false },
  input: z.strictObject({
    container_id: containerField,
    timeout: secondsField(0, 300)
      .optional()
      .describe('Seconds for a clean exit before it is killed. Default 10.'),
    force: booleanField.optional().describe('Kill at once.'),
  }),
  output: z.object({
    success: z.boolean(),
    error_message: z.string().nullable(),
    container_id: z.string(),
    already_stopped: z.boolean(),
  }),
  run: async ({ container_id, timeout, force }, { executor, signal }) => {
    const options = { graceMs: force === true ? 0 : milliseconds(timeout), signal };
    const stopped = await stop(executor, container_id, options);
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

/** More would be a listing, and there is a tool for that. */
const NAMED_CONTAINERS = 10;

/** Of a container that nobody knows, the error also tells which ones there are. */
async function stop(
  executor: Executor,
  container: string,
  options: StopContainerOptions,
): Promise<StoppedContainer> {
  try {
    return await executor.stopContainer(container, options);
  } catch (error) {
    if (!isSlipwayError(error, 'NOT_MANAGED')) throw error;
    const { message, hint, context } = error;
    const known = await runningText(executor, options.signal);
    throw new SlipwayError('NOT_MANAGED', {
      message: `${message} ${known}`,
      hint,
      context,
      cause: error,
    });
  }
}

async function runningText(executor: Executor, signal: AbortSignal | undefined): Promise<string> {
  const running = await executor.listRunningContainers({ signal }).catch(() => []);
  const own = running.filter(({ managed }) => managed).slice(0, NAMED_CONTAINERS);
  const named = own.map(({ id, name }) => `${id.slice(0, SHORT_ID)} (${stripControl(name)})`);
  return named.length === 0 ? 'None is known to run.' : `Running: ${named.join(', ')}.`;
}
