import type { ServerMetadata } from '../core/build-plan.js';
import { redactUrl } from '../core/redact.js';
import { stripControl } from '../core/text.js';

/** What the labels of an image are made from. */
export interface LabelInput {
  readonly metadata: ServerMetadata;
  readonly deploymentId: string;
  /** `node`, `python` …; `dockerfile` for the repository's own. */
  readonly serverType: string;
  /** The argv that starts the server; empty when only the image knows. */
  readonly entrypoint: readonly string[];
  /** `https://…` without credentials; null for a folder. */
  readonly repositoryUrl: string | null;
  readonly commit: string | null;
}

/** Longer values are cut: a label is no place for a document. */
const LABEL_CHARACTERS = 1024;

/**
 * Labels that only depend on what is built: those of the OCI image specification
 * (`org.opencontainers.image.*`), and `mcp.*` for what looks for servers on an engine.
 */
export function imageLabels(input: LabelInput): Readonly<Record<string, string>> {
  const { metadata, commit, repositoryUrl } = input;
  const table: Readonly<Record<string, string | null>> = {
    'org.opencontainers.image.title': metadata.name,
    'org.opencontainers.image.version': metadata.version,
    'org.opencontainers.image.description': metadata.description,
    'org.opencontainers.image.authors': metadata.author,
    'org.opencontainers.image.licenses': metadata.license,
    'org.opencontainers.image.source': repositoryUrl === null ? null : redactUrl(repositoryUrl),
    'org.opencontainers.image.revision': commit,
    'mcp.deployment_id': input.deploymentId,
    'mcp.server_type': input.serverType,
    'mcp.entrypoint': input.entrypoint.length === 0 ? null : input.entrypoint.join(' '),
  };
  return Object.fromEntries(
    Object.entries(table).flatMap(([name, value]): [string, string][] => {
      const text = value === null ? '' : labelText(value);
      return text === '' ? [] : [[name, text]];
    }),
  );
}

/** The label with the moment of the build: not part of what makes two builds the same. */
export function buildDateLabels(now: Date): Readonly<Record<string, string>> {
  const date = now.toISOString();
  return { 'mcp.build_date': date, 'org.opencontainers.image.created': date };
}

/** Names of strangers: one line, without what steers a terminal. */
function labelText(value: string): string {
  // Cut first: what was cut in the middle of a character is then made whole again.
  return stripControl(value.slice(0, LABEL_CHARACTERS)).replaceAll(/\s+/g, ' ').trim();
}

/** A name as a part of an image's name: `@scope/My Server` becomes `scope-my-server`. */
export function deploymentIdFrom(name: string): string {
  const id = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 60)
    .replaceAll(/^-+|-+$/g, '');
  return id === '' ? 'server' : id;
}
