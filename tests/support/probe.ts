import { afterAll, afterEach, beforeAll } from 'vitest';
import type { ServerTransport } from '../../src/core/build-plan.js';
import { silentLogger } from '../../src/core/logger.js';
import { engineConnector } from '../../src/engine/connect.js';
import { randomName } from '../../src/engine/labels.js';
import type { ConnectEngine, Engine } from '../../src/engine/ports.js';
import { NO_RESOURCES } from '../../src/policy/resources.js';
import { probeImage } from '../../src/probe/probe-image.js';
import type {
  ProbeDependencies,
  ProbeRequest,
  ProbeResult,
  ProbeStart,
} from '../../src/probe/types.js';
import { specOf } from './container-spec.js';
import { containersWithLabel } from './engine-view.js';

const MIB = 1024 * 1024;

export const STDIO: ServerTransport = { kind: 'stdio' };

export function startOf(
  start: readonly string[] | undefined,
  more: Partial<ProbeStart> = {},
): ProbeStart {
  return { start, args: [], transport: STDIO, environment: {}, source: 'test', ...more };
}

export interface Trial extends Partial<Omit<ProbeRequest, 'image'>> {
  readonly image?: string;
  /** Written to /srv/server.js and /srv/server.py. */
  readonly script?: string;
}

/** Probes on the real engine; nothing of a probe may be left after it. */
export class ProbeBench {
  readonly #label = `slipway.test.probe=${randomName()}`;
  #connect: ConnectEngine | undefined;
  #engine: Engine | undefined;

  static use(): ProbeBench {
    const bench = new ProbeBench();
    beforeAll(() => bench.#open());
    afterEach(() => bench.#refuseLeftovers());
    afterAll(async () => bench.#connect?.close?.());
    return bench;
  }

  async probe(trial: Trial, signal?: AbortSignal): Promise<ProbeResult> {
    const { image: reference = 'node:24-slim', script = '', ...request } = trial;
    const { containers, images } = this.#running;
    const image = await images.inspect(reference);
    if (image === undefined) throw new Error(`the engine has no ${reference}`);
    const dependencies = { containers, specOf: this.#specOf(script), logger: silentLogger };
    const defaults = { environment: {}, args: [], inputs: [], timeoutMs: 30_000 };
    const starts = [startOf(['node', '/srv/server.js'])];
    return probeImage(dependencies, { ...defaults, starts, ...request, image }, signal);
  }

  /** The containers of its probes that run now. */
  async running(): Promise<readonly unknown[]> {
    const all = await containersWithLabel(this.#label);
    return all.filter(({ State: state }) => state === 'running');
  }

  #specOf(script: string): ProbeDependencies['specOf'] {
    const [name = '', value = ''] = this.#label.split('=');
    const content = Buffer.from(script);
    return async (program, image) =>
      specOf(image.id, {
        entrypoint: program.entrypoint,
        command: program.command,
        environment: program.environment,
        networkMode: program.networkMode,
        timeoutMs: program.timeoutMs,
        labels: { [name]: value },
        limits: { memoryBytes: 512 * MIB, cpus: 2, pids: 128, shmBytes: MIB, cpuSeconds: 60 },
        files: ['/srv/server.js', '/srv/server.py'].map((path) => ({ path, content, mode: 0o644 })),
        resources: {
          ...NO_RESOURCES,
          runtime: undefined,
          capabilities: [],
          ports:
            program.port === undefined
              ? []
              : [
                  {
                    containerPort: program.port,
                    hostPort: 0,
                    hostAddress: '127.0.0.1',
                    protocol: 'tcp',
                  },
                ],
        },
      });
  }

  async #refuseLeftovers(): Promise<void> {
    const left = await containersWithLabel(this.#label);
    if (left.length > 0) throw new Error(`the test left ${JSON.stringify(left)} behind`);
  }

  get #running(): Engine {
    if (this.#engine === undefined) throw new Error('the suite has not begun');
    return this.#engine;
  }

  async #open(): Promise<void> {
    const connect = engineConnector({
      dockerHost: process.env['DOCKER_HOST'],
      logger: silentLogger,
      labelKey: () => Promise.resolve(Buffer.alloc(32, 7)),
    });
    this.#connect = connect;
    this.#engine = await connect();
  }
}
