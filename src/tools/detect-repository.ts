import { z } from 'zod';
import type { Detection, OwnDockerfile, ServerLocation } from '../core/build-plan.js';
import { redactUrl } from '../core/redact.js';
import type { Checkout } from '../git/clone.js';
import {
  dockerfileOutput,
  evidenceOf,
  evidenceOutput,
  evidenceSchema,
  inputSchema,
  inputsOutput,
  planOutput,
  planSchema,
  shown,
  shownAll,
} from './plan-output.js';
import { serverRepositoryFields } from './repository-fields.js';
import { defineTool, type ToolContext } from './tool.js';

const CLONE_MS = 300_000;

const SHOWN_SERVERS = 50;

const detectionSchema = z.object({
  success: z.boolean().describe('true when an MCP server was found that can be built'),
  error_message: z.string().nullable(),
  kind: z.enum(['server', 'dockerfile', 'several', 'unsupported']).nullable(),
  name: z.string().nullable(),
  confidence: z.number().nullable().describe('0 to 1'),
  commit: z.string().nullable(),
  plan: planSchema.nullable(),
  own_dockerfile: z
    .object({ path: z.string(), context: z.string(), defects: z.array(z.string()) })
    .nullable()
    .describe('the Dockerfile of the repository'),
  servers: z
    .array(z.object({ subdir: z.string(), language: z.string(), name: z.string() }))
    .describe('others in the repository, for subdir'),
  inputs: z.array(inputSchema).describe('what a user gives the server'),
  evidence: z.array(evidenceSchema),
  dockerfile: z.string().nullable().describe('what Slipway would write'),
});

type DetectionOutput = z.output<typeof detectionSchema>;

/** Every field, in the order of the schema: clients that cut a long answer cut its end. */
const NOTHING: DetectionOutput = {
  success: false,
  error_message: null,
  kind: null,
  name: null,
  confidence: null,
  commit: null,
  plan: null,
  own_dockerfile: null,
  servers: [],
  inputs: [],
  evidence: [],
  dockerfile: null,
};

export const detectRepository = defineTool({
  name: 'detect_repository',
  title: 'Look at the MCP server of a repository',
  description:
    'Clone a public Git repository and find out which MCP server is in it: language, how it is installed, built and started, which settings it needs, and what says so. Gives the Dockerfile that would be written for it. Reads files only: builds and runs nothing. To build it use build_mcp_server.',
  effect: { readOnly: true, destructive: false, idempotent: true, openWorld: true },
  input: z.strictObject(serverRepositoryFields),
  output: detectionSchema,
  run: async ({ repo_url: url, branch: ref, subdir }, context) => {
    const { builder, signal, report, logger } = context;
    report({ phase: `Cloning ${redactUrl(url)}` });
    const checkout = await builder.checkout({ url, ref, timeoutMs: CLONE_MS, signal });
    try {
      report({ phase: 'Reading the files of the repository' });
      const output = await looked(checkout, subdir, context);
      return { output, isError: false };
    } finally {
      await checkout.remove().catch((error: unknown) => {
        logger.warn('repository.cleanup_pending', { error: String(error) });
      });
    }
  },
  failed: ({ errorMessage }) => ({ ...NOTHING, error_message: errorMessage }),
});

async function looked(
  { folder, commit }: Checkout,
  subdir: string | undefined,
  { builder, signal }: ToolContext,
): Promise<DetectionOutput> {
  const detection = await builder.detect(folder, { subdir, signal });
  const told = { ...NOTHING, kind: detection.kind, commit, error_message: problemOf(detection) };
  const evidence = evidenceOutput(evidenceOf(detection));
  switch (detection.kind) {
    case 'unsupported':
      return { ...told, evidence };
    case 'several':
      return { ...told, servers: serversOutput(detection.servers) };
    case 'dockerfile': {
      const { dockerfile, inputs, metadata } = detection;
      const own = { own_dockerfile: ownOutput(dockerfile), inputs: inputsOutput(inputs), evidence };
      return { ...told, ...own, success: true, name: shown(metadata.name) };
    }
    case 'server': {
      const { plan, dockerfile, others } = detection;
      const written = await builder.generateDockerfile('auto', folder, undefined, {
        subdir,
        signal,
      });
      return {
        ...told,
        success: true,
        name: shown(plan.metadata.name),
        confidence: plan.confidence,
        plan: planOutput(plan),
        own_dockerfile: dockerfile === null ? null : ownOutput(dockerfile),
        servers: serversOutput(others),
        inputs: inputsOutput(plan.inputs),
        evidence,
        dockerfile: dockerfileOutput(written.text),
      };
    }
  }
}

function problemOf(detection: Detection): string | null {
  switch (detection.kind) {
    case 'unsupported':
      return `No MCP server was found: ${shown(detection.reason)} If there is one, name its folder with subdir.`;
    case 'several':
      return `There are ${detection.servers.length} MCP servers in the repository. Call again with subdir, one of those in servers.`;
    case 'dockerfile':
    case 'server':
      return null;
  }
}

function serversOutput(servers: readonly ServerLocation[]): DetectionOutput['servers'] {
  return servers
    .slice(0, SHOWN_SERVERS)
    .map(({ subdir, language, name }) => ({ subdir: shown(subdir), language, name: shown(name) }));
}

function ownOutput({ path, context, defects }: OwnDockerfile): DetectionOutput['own_dockerfile'] {
  return { path: shown(path), context: shown(context), defects: shownAll(defects) };
}
