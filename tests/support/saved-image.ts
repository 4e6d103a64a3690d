import { request } from 'node:http';
import type { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { untar } from './untar.js';

const socketPath = (process.env['DOCKER_HOST'] ?? '').replace(/^unix:\/\//, '');

/** Everything an image consists of: its configuration, its history, and its layers, unpacked. */
export async function savedImage(reference: string): Promise<Buffer> {
  const archive = await new Promise<Readable>((resolve, reject) => {
    const call = request({ socketPath, path: `/images/${reference}/get` }, resolve);
    call.on('error', reject);
    call.end();
  });
  const entries = await untar(archive);
  return Buffer.concat(entries.map(({ content }) => plain(content)));
}

function plain(content: Buffer): Buffer {
  const zipped = content[0] === 0x1f && content[1] === 0x8b;
  return zipped ? gunzipSync(content) : content;
}
