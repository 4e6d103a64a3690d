import { request, type RequestOptions } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** An image of the engine that the suites run on, as `docker save` writes it. */
export function imageArchive(reference: string): Promise<Buffer> {
  return call({ ...connection(), path: `/images/${encodeURIComponent(reference)}/get` });
}

/** Gives an image to an engine, as `docker load` does. */
export async function loadImage(socketPath: string, archive: Buffer): Promise<void> {
  await call({ socketPath, method: 'POST', path: '/images/load?quiet=1' }, archive);
}

function connection(): RequestOptions {
  const host = process.env['DOCKER_HOST'] ?? '';
  if (host.startsWith('unix://')) return { socketPath: host.slice('unix://'.length) };
  const { hostname, port } = new URL(host);
  return { host: hostname, port };
}

async function call(options: RequestOptions, body?: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const sent = request({ ...options, agent: false }, (response) => {
      const { statusCode = 0 } = response;
      const whole = buffer(response);
      const refused = async (): Promise<never> => {
        throw new Error(`${options.path}: ${statusCode} ${(await whole).toString('utf8')}`);
      };
      (statusCode < 300 ? whole : refused()).then(resolve, reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
