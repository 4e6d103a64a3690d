import {
  type ListResourcesResult,
  type McpServer,
  type ReadResourceResult,
  ResourceNotFoundError,
  ResourceTemplate,
  UriTemplate,
} from '@modelcontextprotocol/server';
import { type ArtifactContent, artifactText } from '../tools/artifact-content.js';
import { outputPage } from '../tools/output-page.js';
import { type RunStore, artifactUri, outputUri } from '../tools/run-store.js';

/**
 * Bytes of one page of a file that is no text: 3 MiB in base64. Clients drop the connection at a
 * message of 10 MiB.
 */
const PAGE_BYTES = 2_359_296;

const KEPT = 'kept for an hour, for the last 20 runs that were not shown whole';

const PAGING =
  'Add ?offset=N&limit=N (characters) for a part, and &pattern=TEXT for only the lines that contain TEXT (in any case, not an expression), each with its line number.';

/**
 * Offers the complete output of shortened runs, and the files that runs brought back.
 *
 * @param listRuns whether they are listed; who knows an address can read it in any case
 */
export function registerRunResources(server: McpServer, runs: RunStore, listRuns = true): void {
  const output = new ResourceTemplate(new PagedUri('slipway://runs/{run_id}/{stream}'), {
    list: listRuns ? () => listOutputs(runs) : undefined,
  });
  const artifacts = new ResourceTemplate(
    new PagedUri('slipway://runs/{run_id}/artifacts/{number}'),
    {
      list: listRuns ? () => listArtifacts(runs) : undefined,
    },
  );
  const outputMetadata = {
    title: 'Output of a run',
    description: `The complete stdout or stderr of a run; ${KEPT}. ${PAGING}`,
    mimeType: 'text/plain',
  };
  const artifactMetadata = {
    title: 'File of a run',
    description: `A file that a run brought back; ${KEPT}. ${PAGING} For other files than text, offset and limit are bytes.`,
  };
  server.registerResource('run-output', output, outputMetadata, (uri) => readOutput(uri, runs));
  server.registerResource('run-artifact', artifacts, artifactMetadata, (uri) =>
    readArtifact(uri, runs),
  );
}

/** The SDK's own match wants every parameter, in order, and knows no `/` or `,` in a value. */
class PagedUri extends UriTemplate {
  readonly #path: UriTemplate;

  constructor(path: string) {
    super(`${path}{?offset,limit,pattern}`);
    this.#path = new UriTemplate(path);
  }

  override match(uri: string): ReturnType<UriTemplate['match']> {
    return this.#path.match(uri.split('?', 1)[0] ?? '');
  }
}

function listOutputs(runs: RunStore): ListResourcesResult {
  const resources = runs
    .list()
    .flatMap(({ id, output }) =>
      (['stdout', 'stderr'] as const)
        .filter((stream) => output[stream] !== '')
        .map((stream) => ({ uri: outputUri(id, stream), name: `${stream} of run ${id}` })),
    );
  return { resources };
}

/** A list is for finding a file: each result names all of its own. */
const LISTED_ARTIFACTS = 100;

function listArtifacts(runs: RunStore): ListResourcesResult {
  const all = runs
    .list()
    .flatMap(({ id, artifacts }) =>
      artifacts.flatMap((file, index) => (file === undefined ? [] : [entryOf(id, index, file)])),
    );
  return { resources: all.slice(0, LISTED_ARTIFACTS) };
}

function entryOf(id: string, index: number, { path, mimeType, content }: ArtifactContent) {
  const name = `${path.slice(-NAME_CHARACTERS)} of run ${id}`;
  return { uri: artifactUri(id, index), name, mimeType, size: content.byteLength };
}

const NAME_CHARACTERS = 200;

function readOutput(uri: URL, runs: RunStore): ReadResourceResult {
  const [, id = '', stream] = pathOf(uri);
  const run = runs.get(id);
  if (run === undefined || (stream !== 'stdout' && stream !== 'stderr')) throw notFound(uri);
  return textPage(uri, 'text/plain', run.output[stream]);
}

function readArtifact(uri: URL, runs: RunStore): ReadResourceResult {
  const [, id = '', , number = ''] = pathOf(uri);
  const file = /^[1-9]\d{0,3}$/.test(number)
    ? runs.get(id)?.artifacts[Number(number) - 1]
    : undefined;
  if (file === undefined) throw notFound(uri);
  return file.isText ? textPage(uri, file.mimeType, artifactText(file)) : bytesPage(uri, file);
}

function pathOf(uri: URL): readonly string[] {
  if (uri.href.length > URI_CHARACTERS) throw notFound(uri, 'The address is too long. ');
  return uri.pathname.split('/');
}

function textPage(uri: URL, mimeType: string, whole: string): ReadResourceResult {
  const { text, offset, totalCharacters, nextOffset, matches } = outputPage(whole, {
    offset: numberParameter(uri, 'offset'),
    limit: numberParameter(uri, 'limit'),
    pattern: uri.searchParams.get('pattern') ?? '',
  });
  const _meta = {
    'io.slipway/offset': offset,
    'io.slipway/totalCharacters': totalCharacters,
    'io.slipway/nextOffset': nextOffset,
    ...(matches === null ? {} : { 'io.slipway/matches': matches }),
  };
  return { contents: [{ uri: uri.href, mimeType, text, _meta }] };
}

function bytesPage(uri: URL, { content, mimeType }: ArtifactContent): ReadResourceResult {
  const offset = Math.min(numberParameter(uri, 'offset') ?? 0, content.byteLength);
  const limit = Math.max(1, Math.min(numberParameter(uri, 'limit') ?? PAGE_BYTES, PAGE_BYTES));
  const end = Math.min(offset + limit, content.byteLength);
  const blob = Buffer.from(content.subarray(offset, end)).toString('base64');
  const _meta = {
    'io.slipway/offset': offset,
    'io.slipway/totalBytes': content.byteLength,
    'io.slipway/nextOffset': end < content.byteLength ? end : null,
  };
  return { contents: [{ uri: uri.href, mimeType, blob, _meta }] };
}

function numberParameter(uri: URL, name: string): number | undefined {
  const value = uri.searchParams.get(name);
  if (value === null) return undefined;
  if (!/^\d{1,15}$/.test(value)) throw notFound(uri, `${name} must be a whole number. `);
  return Number(value);
}

/** The answer repeats the address, which may be megabytes long. */
const URI_CHARACTERS = 4000;

function notFound(uri: URL, why = ''): ResourceNotFoundError {
  const address = uri.href.slice(0, 500);
  return new ResourceNotFoundError(
    address,
    `There is nothing at ${address}. ${why}Outputs and files are kept for an hour, for the last 20 runs that were not shown whole: use the full_output or location of a result, or call the tool again.`,
  );
}
