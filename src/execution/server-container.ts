/** The containers that servers are proved and deployed in: under the policy like every run. */
import { randomName } from '../engine/labels.js';
import { newInstance } from '../engine/instance.js';
import type { ContainerSpec, EngineFacts, ImageFacts } from '../engine/ports.js';
import { decide } from '../policy/decide.js';
import type { Policy } from '../policy/policy.js';
import { NO_RESOURCES } from '../policy/resources.js';
import { containerSpec } from './container-spec.js';
import { NO_WISHES } from './options.js';
import { LEFTOVER_SPARE_MS } from './run-program.js';

/** What such a container runs. */
export interface ServerProgram {
  readonly entrypoint: readonly string[] | undefined;
  readonly command: readonly string[] | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly networkMode: 'none' | 'bridge';
  /** Published on a free port of the loopback address; undefined publishes none. */
  readonly port: number | undefined;
  /** Milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Makes the specification of such a container.
 *
 * @returns a function that throws `POLICY_DENIED` or `LIMIT_EXCEEDED`
 */
export function serverContainers(
  policy: Policy,
  engine: Pick<EngineFacts, 'cpus' | 'endpoint'>,
): (program: ServerProgram, image: ImageFacts) => Promise<ContainerSpec> {
  const instance = newInstance();
  return async (program, image) => {
    const { port, networkMode, timeoutMs, environment } = program;
    const ports =
      port === undefined
        ? []
        : [
            {
              containerPort: port,
              hostPort: 0,
              hostAddress: '127.0.0.1',
              protocol: 'tcp' as const,
            },
          ];
    const decision = decide(policy, {
      ...NO_WISHES,
      timeoutMs,
      networkMode,
      resources: { ...NO_RESOURCES, ports },
      variables: Object.keys(environment),
    });
    if (!decision.permitted) throw decision.denial;
    return containerSpec({
      name: randomName(),
      owner: { instance, deadline: Date.now() + timeoutMs + LEFTOVER_SPARE_MS },
      program: {
        entrypoint: program.entrypoint,
        command: program.command,
        environment,
        workingDir: undefined,
        labels: {},
        stdin: undefined,
        files: [],
        artifacts: [],
        healthCheck: undefined,
      },
      plan: decision.plan,
      image,
      imageName: image.id,
      engine,
    });
  };
}
