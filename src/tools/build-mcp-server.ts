import { z } from 'zod';
import type { Deployment } from '../build/deploy.js';
import type { BuildEvent } from '../build/types.js';
import type { BuildPlan, Detection } from '../core/build-plan.js';
import { isSlipwayError } from '../core/errors.js';
import { BUILD_LOG_TAIL } from '../core/limits.js';
import { stripControl } from '../core/text.js';
import type { ProbeResult } from '../probe/types.js';
import { buildStep } from './build-progress.js';
import { failureText } from './failure-text.js';
import {
  milliseconds,
  seconds,
  secondsField,
  textField,
  textListField,
  textMapField,
} from './fields.js';
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
import { defineTool } from './tool.js';

const buildSchema = z.object({
  success: z.boolean().describe('true only when the server listed its tools'),
  error_message: z.string().nullable(),
  status: z.enum(['works', 'needs_config', 'broken', 'unsupported', 'built']).nullable(),
  image: z.string().nullable().describe('name of the image; null when it was not kept'),
  image_id: z.string().nullable(),
  size_bytes: z.number().nullable(),
  build_time: z.number().nullable().describe('seconds'),
  cached: z.boolean(),
  commit: z.string().nullable(),
  needs_config: z.array(z.string()).describe('variables and arguments it asks for'),
  tools: z.array(z.string()).describe('what it answered'),
  transport: z.string().nullable(),
  protocol_version: z.string().nullable(),
  dockerfile_source: z.enum(['repository', 'generated']).nullable(),
  warnings: z.array(z.string()),
  plan: planSchema.nullable(),
  inputs: z.array(inputSchema),
  evidence: z.array(evidenceSchema),
  stderr: z.string().describe('end of what the server wrote, or of the log of a failed build'),
  dockerfile: z.string().nullable(),
});

type BuildOutput = z.output<typeof buildSchema>;

/** Every field, in the order of the schema: clients that cut a long answer cut its end. */
const NOTHING: BuildOutput = {
  success: false,
  error_message: null,
  status: null,
  image: null,
  image_id: null,
  size_bytes: null,
  build_time: null,
  cached: false,
  commit: null,
  needs_config: [],
  tools: [],
  transport: null,
  protocol_version: null,
  dockerfile_source: null,
  warnings: [],
  plan: null,
  inputs: [],
  evidence: [],
  stderr: '',
  dockerfile: null,
};

export const buildMcpServer = defineTool({
  name: 'build_mcp_server',
  title: 'Build an MCP server',
  description:
    'Clone a public Git repository, build an image of the MCP server in it (a Dockerfile is written where none works), start it in a sandbox and list its tools as proof. The image stays; run it with execute_docker_container. Takes minutes. If the client gives up early, call again: finished layers are reused. status "needs_config" names what the server asks for: call again with it in environment or args.',
  effect: { readOnly: false, destructive: true, idempotent: true, openWorld: true },
  input: z.strictObject({
    ...serverRepositoryFields,
    environment: textMapField
      .optional()
      .describe('Variables to start the server with. They are not in the image.'),
    args: textListField
      .optional()
      .describe('Arguments to start the server with. They are not in the image.'),
    dockerfile_path: textField(1024)
      .optional()
      .describe('Use this Dockerfile of the repository, and no other.'),
    context_path: textField(1024).optional().describe('Folder of its build context.'),
    build_args: textMapField.optional().describe('Docker build arguments; no secrets.'),
    deployment_id: textField(128)
      .optional()
      .describe('Names the image "mcp-<deployment_id>:latest". Default: the name of the server.'),
    build_timeout: secondsField(1, 3600).optional().describe('Seconds for the build. Default 600.'),
  }),
  output: buildSchema,
  run: async (input, { builder, signal, report }) => {
    const heard = new HeardBuild();
    const onEvent = (event: BuildEvent): void => {
      heard.hear(event);
      const step = buildStep(event);
      if (step !== undefined) report(step);
    };
    const config = {
      repositoryUrl: input.repo_url,
      ref: input.branch,
      subdir: input.subdir,
      deploymentId: input.deployment_id,
      env: input.environment,
      args: input.args,
      dockerfilePath: input.dockerfile_path,
      contextPath: input.context_path,
      buildArgs: input.build_args,
      timeoutMs: milliseconds(input.build_timeout),
      signal,
      onEvent,
    };
    try {
      return { output: built(await builder.deployFromGitHub(config), heard), isError: false };
    } catch (error) {
      signal.throwIfAborted();
      const status = verdictOf(error);
      if (status === undefined) throw error;
      return { output: failedBuild(error, status, heard), isError: true };
    }
  },
  failed: ({ errorMessage }) => ({ ...NOTHING, error_message: errorMessage }),
});

/** What was found out before a build ended, however it did. */
class HeardBuild {
  detection: Detection | undefined;
  #dockerfile: Extract<BuildEvent, { type: 'dockerfile' }> | undefined;
  readonly #warnings: string[] = [];

  hear(event: BuildEvent): void {
    if (event.type === 'detected') this.detection = event.detection;
    if (event.type === 'dockerfile') this.#dockerfile = event;
    if (event.type === 'fallback') this.#warnings.push(event.reason);
  }

  get plan(): BuildPlan | null {
    return this.detection?.kind === 'server' ? this.detection.plan : null;
  }

  output(): Pick<BuildOutput, 'dockerfile' | 'dockerfile_source' | 'warnings' | 'evidence'> {
    const { text, source } = this.#dockerfile ?? {};
    return {
      dockerfile: text === undefined ? null : dockerfileOutput(text),
      dockerfile_source: source?.kind ?? null,
      warnings: shownAll(this.#warnings),
      evidence: evidenceOutput(evidenceOf(this.detection)),
    };
  }
}

function built({ build, commit }: Deployment, heard: HeardBuild): BuildOutput {
  const { status, imageTag, probe } = build;
  const plan = build.plan ?? heard.plan;
  return {
    ...NOTHING,
    ...heard.output(),
    ...(probe === null ? {} : proof(probe)),
    success: status === 'works' || status === 'built',
    error_message: problemOf(build),
    status,
    image: imageTag,
    image_id: imageTag === null ? null : build.imageId,
    size_bytes: build.size,
    build_time: seconds(build.buildTime),
    cached: build.cached,
    commit,
    dockerfile_source: build.source.kind,
    warnings: shownAll(build.warnings),
    plan: plan === null ? null : planOutput(plan),
    inputs: inputsOutput(build.inputs),
    dockerfile: dockerfileOutput(build.dockerfile),
  };
}

function proof(probe: ProbeResult): Partial<BuildOutput> {
  return {
    needs_config: shownAll(probe.missing),
    tools: shownAll(probe.tools.map(({ name }) => name)),
    transport: probe.transport.kind,
    protocol_version: probe.protocolVersion,
    stderr: stripControl(probe.stderrTail),
  };
}

/** The verdict of the probe, and what to do about it. */
function problemOf({ status, probe }: Deployment['build']): string | null {
  const reason = probe?.reason ?? 'The server did not answer.';
  switch (status) {
    case 'works':
    case 'built':
      return null;
    case 'needs_config':
      return `${shown(reason)} Call again with what needs_config names, in environment or args.`;
    case 'broken':
    case 'unsupported':
      return `${shown(reason)} The image was not kept. What the server wrote is in stderr.`;
  }
}

/** An error that says something about the repository; undefined for any other. */
function verdictOf(error: unknown): 'broken' | 'unsupported' | undefined {
  if (isSlipwayError(error, 'NOT_A_SERVER')) return 'unsupported';
  const isBroken = isSlipwayError(error, 'BUILD_FAILED') || isSlipwayError(error, 'BUILD_REFUSED');
  return isBroken ? 'broken' : undefined;
}

function failedBuild(
  error: unknown,
  status: BuildOutput['status'],
  heard: HeardBuild,
): BuildOutput {
  const log = isSlipwayError(error, 'BUILD_FAILED') ? stripControl(error.context.log) : '';
  const { plan } = heard;
  return {
    ...NOTHING,
    error_message: failureText(error),
    status,
    plan: plan === null ? null : planOutput(plan),
    ...heard.output(),
    stderr: log.slice(-BUILD_LOG_TAIL.characters),
  };
}
