import http from 'node:http';
import { buffer } from 'node:stream/consumers';
import { z } from 'zod';

const inspected = z.looseObject({
  Id: z.string(),
  State: z.looseObject({ Running: z.boolean(), ExitCode: z.number() }),
  Config: z.record(z.string(), z.unknown()),
  HostConfig: z.record(z.string(), z.unknown()),
  Mounts: z.array(z.looseObject({ Type: z.string(), Name: z.string().optional() })),
});

const listed = z.array(z.looseObject({ Id: z.string(), Names: z.array(z.string()) }));

/** The container in the engine's own words. */
export type InspectedContainer = z.output<typeof inspected>;

export interface HttpAnswer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * A bare client of the engine, for what a test plants and checks: it shares no code with
 * `src/engine`, so that the two cannot be wrong together.
 */
export class EngineHttp {
  readonly #connection: http.RequestOptions;

  /** @param endpoint as in `DOCKER_HOST`: `unix://…` or `tcp://host:port` */
  constructor(endpoint: string) {
    if (endpoint.startsWith('unix://')) {
      this.#connection = { socketPath: endpoint.slice('unix://'.length) };
    } else {
      const { hostname, port } = new URL(endpoint);
      this.#connection = { host: hostname, port };
    }
  }

  request(method: string, path: string, body?: object): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const headers = body === undefined ? {} : { 'Content-Type': 'application/json' };
      const request = http.request({ ...this.#connection, method, path, headers, agent: false });
      request.on('error', reject);
      request.on('response', (response) => {
        buffer(response).then(
          (bytes) => resolve({ status: response.statusCode ?? 0, body: parsed(bytes) }),
          reject,
        );
      });
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  async inspect(container: string): Promise<InspectedContainer> {
    const { body } = await this.request('GET', `/containers/${container}/json`);
    return inspected.parse(body);
  }

  /** Names of all containers, running or not, in which `text` occurs. */
  containersNamed(text: string): Promise<readonly string[]> {
    return this.#containers({ name: [text] });
  }

  /** Names of containers, running or not, with that label (`name=value`). */
  containersLabelled(label: string): Promise<readonly string[]> {
    return this.#containers({ label: [label] });
  }

  async #containers(filter: object): Promise<readonly string[]> {
    const filters = encodeURIComponent(JSON.stringify(filter));
    const { body } = await this.request('GET', `/containers/json?all=true&filters=${filters}`);
    return listed.parse(body).flatMap((container) => container.Names);
  }

  async exists(path: string): Promise<boolean> {
    const { status } = await this.request('GET', path);
    return status === 200;
  }

  /** Creates a container that is not Slipway's. */
  async plant(name: string, body: object): Promise<string> {
    const answer = await this.request('POST', `/containers/create?name=${name}`, body);
    return z.object({ Id: z.string() }).parse(answer.body).Id;
  }

  async removeContainer(container: string): Promise<void> {
    await this.request('DELETE', `/containers/${container}?force=true&v=true`);
  }
}

function parsed(bytes: Buffer): unknown {
  return bytes.length === 0 ? undefined : JSON.parse(bytes.toString('utf8'));
}
