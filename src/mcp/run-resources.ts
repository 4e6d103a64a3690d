import {
  type ListResourcesResult,
  type McpServer,
  type ReadResourceResult,
  ResourceNotFoundError,
  ResourceTemplate,
} from '@modelcontextprotocol/server';
import { type RunStore, outputUri } from '../tools/run-store.js';

/**
 * Characters of one page. Clients drop the connection at a message of 10 MiB; a character is
 * never more than four bytes of it here, because control characters are gone from the output.
 */
const PAGE_CHARACTERS = 1_000_000;

/** Offers the complete output of shortened runs. A page starts at `?offset=` characters. */
export function registerRunResources(server: McpServer, runs: RunStore): void {
  const template = new ResourceTemplate('slipway://runs/{run_id}/{stream}', {
    list: () => listRuns(runs),
  });
  const metadata = {
    title: 'Output of a run',
    description:
      'The complete stdout or stderr of a run whose result was shortened; kept for an hour, for the last 20 runs. Add ?offset=N&limit=N (characters) for a part.',
    mimeType: 'text/plain',
  };
  server.registerResource('run-output', template, metadata, (uri) => readRun(uri, runs));
}

function listRuns(runs: RunStore): ListResourcesResult {
  const resources = runs
    .list()
    .flatMap(({ id, output }) =>
      (['stdout', 'stderr'] as const)
        .filter((stream) => output[stream] !== '')
        .map((stream) => ({ uri: outputUri(id, stream), name: `${stream} of run ${id}` })),
    );
  return { resources };
}

function readRun(uri: URL, runs: RunStore): ReadResourceResult {
  const [, id = '', stream] = uri.pathname.split('/');
  const run = runs.get(id);
  if (run === undefined || (stream !== 'stdout' && stream !== 'stderr')) throw notFound(uri);
  const text = run.output[stream];
  const offset = numberParameter(uri, 'offset', 0);
  const limit = Math.min(numberParameter(uri, 'limit', PAGE_CHARACTERS), PAGE_CHARACTERS);
  const page = text.slice(offset, offset + limit);
  const _meta = {
    'io.slipway/offset': offset,
    'io.slipway/totalCharacters': text.length,
    'io.slipway/nextOffset': offset + page.length < text.length ? offset + page.length : null,
  };
  return { contents: [{ uri: uri.href, mimeType: 'text/plain', text: page, _meta }] };
}

function numberParameter(uri: URL, name: string, fallback: number): number {
  const value = uri.searchParams.get(name);
  if (value === null) return fallback;
  if (!/^\d{1,15}$/.test(value)) throw notFound(uri, `${name} must be a whole number. `);
  return Number(value);
}

function notFound(uri: URL, why = ''): ResourceNotFoundError {
  return new ResourceNotFoundError(
    uri.href,
    `There is no output at ${uri.href}. ${why}Outputs are kept for an hour, for the last 20 shortened runs: use the full_output of a result, or call the tool again.`,
  );
}
