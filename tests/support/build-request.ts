import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import type { BuildRequest } from '../../src/engine/ports.js';

/** A build of these files, without a network: each test says what is different. */
export function buildRequest(
  files: Readonly<Record<string, string>>,
  differences: Partial<BuildRequest>,
): BuildRequest {
  const context = pack();
  for (const [path, text] of Object.entries(files)) context.entry({ name: path }, text);
  context.finalize();
  return {
    context: Readable.from(context),
    dockerfile: 'Dockerfile',
    buildArgs: {},
    labels: {},
    pull: false,
    cacheFrom: [],
    secrets: {},
    networkMode: 'none',
    memoryBytes: 256 * 1024 * 1024,
    timeoutMs: 60_000,
    ...differences,
  };
}
