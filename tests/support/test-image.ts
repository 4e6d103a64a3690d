import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { askEngine } from './engine-view.js';

const socketPath = (process.env['DOCKER_HOST'] ?? '').replace(/^unix:\/\//, '');

/**
 * An image made for one test: busybox with the given instructions. Built without Slipway.
 * `await using` removes it.
 */
export async function testImage(
  instructions: Readonly<Record<string, string>>,
): Promise<AsyncDisposable & { readonly reference: string }> {
  const reference = `slipway-test-${randomBytes(6).toString('hex')}:1`;
  const lines = Object.entries(instructions).map(([name, value]) => `${name} ${value}`);
  const archive = pack();
  archive.entry({ name: 'Dockerfile' }, ['FROM busybox:1.36', ...lines, ''].join('\n'));
  archive.finalize();
  await build(reference, await buffer(archive));
  return {
    reference,
    [Symbol.asyncDispose]: async () => void (await askEngine('DELETE', `/images/${reference}`)),
  };
}

function build(reference: string, context: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const call = request(
      {
        socketPath,
        method: 'POST',
        path: `/build?version=2&t=${reference}`,
        headers: { 'Content-Type': 'application/x-tar' },
      },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
        response.on('end', () =>
          text.includes('errorDetail') || response.statusCode !== 200
            ? reject(new Error(text))
            : resolve(),
        );
        response.on('error', reject);
      },
    );
    call.on('error', reject);
    call.end(context);
  });
}
