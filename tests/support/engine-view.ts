/**
 * A second pair of eyes on the engine, with none of Slipway's code in it: what a test asserts
 * about the engine's state comes from here.
 */
import { request } from 'node:http';
import { z } from 'zod';

const socketPath = (process.env['DOCKER_HOST'] ?? '').replace(/^unix:\/\//, '');

/** One call to the engine; the parsed answer, or undefined for a 404. */
export function askEngine(method: string, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, method, path }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const status = response.statusCode ?? 0;
        if (status === 404) return resolve(undefined);
        if (status >= 300) return reject(new Error(`${method} ${path}: ${status} ${text}`));
        resolve(text === '' ? null : JSON.parse(text));
      });
    });
    call.on('error', reject);
    call.end();
  });
}

const summaries = z.array(
  z.object({ Id: z.string(), Names: z.array(z.string()), State: z.string() }),
);

/** Every container, in whatever state, that carries the label. */
export async function containersWithLabel(label: string): Promise<z.output<typeof summaries>> {
  const filters = encodeURIComponent(JSON.stringify({ label: [label] }));
  return summaries.parse(await askEngine('GET', `/containers/json?all=1&filters=${filters}`));
}

const images = z.array(z.object({ Id: z.string(), RepoTags: z.array(z.string()).nullable() }));

/** Ids and tags of every image, sorted: the same before and after a test that leaves nothing. */
export async function imageList(): Promise<readonly string[]> {
  const all = images.parse(await askEngine('GET', '/images/json'));
  return all.map((image) => `${image.Id} ${(image.RepoTags ?? []).join(' ')}`).sort();
}

/** Ids of the images that carry the label. */
export async function imagesWithLabel(label: string): Promise<readonly string[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [label] }));
  const all = images.parse(await askEngine('GET', `/images/json?all=1&filters=${filters}`));
  return all.map((image) => image.Id);
}

const volumes = z.object({ Volumes: z.array(z.object({ Name: z.string() })).nullable() });

export async function volumeNames(): Promise<readonly string[]> {
  const reply = volumes.parse(await askEngine('GET', '/volumes'));
  return (reply.Volumes ?? []).map((volume) => volume.Name).sort();
}

const mounts = z.object({ Mounts: z.array(z.object({ Name: z.string().optional() })) });

/** Names of the volumes of a container. */
export async function volumesOf(id: string): Promise<readonly string[]> {
  const facts = mounts.parse(await askEngine('GET', `/containers/${id}/json`));
  return facts.Mounts.flatMap(({ Name: name }) => (name === undefined ? [] : [name]));
}

/** What `docker inspect` says. */
export async function inspect(id: string): Promise<Record<string, unknown>> {
  return z.record(z.string(), z.unknown()).parse(await askEngine('GET', `/containers/${id}/json`));
}
