import { z } from 'zod';
import { imageField, pathField, runConfig, runFields } from './fields.js';
import { progressOf } from './progress.js';
import { failedRun, runResult, runSchema } from './run-result.js';
import { defineTool } from './tool.js';

const payloadField = z
  .union([z.record(z.string(), z.unknown()), z.array(z.unknown()), z.string()], {
    error: 'expected an object, an array or a string',
  })
  .describe('At most 4 MiB. String as it is, object or array as JSON.');

export const executeWithPayload = defineTool({
  name: 'execute_with_payload',
  title: 'Run a container on input data',
  description:
    'Run an image with a script or input data put into it as a file, and return exit code, stdout and stderr. The program finds the path in the PAYLOAD_PATH environment variable. To run a script: payload "print(6*7)", payload_path "/payload/main.py", command ["python3","/payload/main.py"].',
  effect: { readOnly: false, destructive: true, idempotent: false, openWorld: true },
  input: z.strictObject({
    image: imageField,
    payload: payloadField,
    payload_path: pathField.optional().describe('Default "/payload/payload.json".'),
    ...runFields,
  }),
  output: runSchema,
  run: async (input, { executor, signal, report, runs }) => {
    const config = {
      image: input.image,
      payload: input.payload,
      payloadPath: input.payload_path,
      ...runConfig(input),
    };
    const result = await executor.executeWithPayload(config, {
      signal,
      onEvent: progressOf(report),
    });
    return runResult(result, runs);
  },
  failed: failedRun,
});
