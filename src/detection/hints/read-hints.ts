import type { HintedStart, Hints, SourceTree } from '../source-tree.js';
import { ownNames } from '../support/own-names.js';
import { bundleHints } from './bundle-manifest.js';
import { clientStarts, type FoundStart } from './client-config.js';
import { envExampleInputs } from './env-example.js';
import { mergeInputs } from './inputs.js';
import { readmeStarts } from './readme.js';
import { serverJsonHints } from './server-json.js';
import { smitheryHints, type ManifestHints } from './smithery.js';
import { tolerantJson } from './tolerant-json.js';

/**
 * What a repository says about the server of a folder outside of its code. The folder's own files
 * count whole; of the folders above it only what names the folder or its package, so that a
 * repository of many servers does not mix them.
 */
export async function readHints(tree: SourceTree, folder: string): Promise<Hints> {
  const about: About = { folder, names: await ownNames(tree, folder) };
  const found: ManifestHints[] = [];
  for (const where of withAncestors(folder)) {
    for (const reader of READERS) found.push(...(await readAll(tree, where, { reader, about })));
  }
  const starts = found.flatMap((one) => one.starts);
  const inputs = found.flatMap((one) => [
    ...one.inputs,
    ...one.starts.flatMap((start) => start.inputs),
  ]);
  return { starts: unique(starts.map(({ start }) => start)), inputs: mergeInputs(inputs) };
}

/** What the hints have to be about. */
interface About {
  readonly folder: string;
  readonly names: readonly string[];
}

interface Reader {
  readonly file: RegExp;
  readonly read: (text: string, source: string) => ManifestHints;
  /** A text for people shows other programs too: only starts that fit are taken. */
  readonly isProse: boolean;
}

/** In the order of trust. */
const READERS: readonly Reader[] = [
  { file: /^server\.json$/, read: serverJsonHints, isProse: false },
  { file: /^smithery\.ya?ml$/, read: smitheryHints, isProse: false },
  { file: /^manifest\.json$/, read: bundleHints, isProse: false },
  {
    file: /^\.?mcp\.json$/,
    read: (text, source) => ({ starts: clientStarts(tolerantJson(text), source), inputs: [] }),
    isProse: true,
  },
  {
    file: /^(?:\.?env[.-](?:example|sample|template|dist)|example\.env|sample\.env)$/i,
    read: (text, source) => ({ starts: [], inputs: envExampleInputs(text, source) }),
    isProse: false,
  },
  {
    file: /^readme(?:\.(?:md|mdx|markdown|rst|txt))?$/i,
    read: (text, source) => ({ starts: readmeStarts(text, source), inputs: [] }),
    isProse: true,
  },
];

/** Programs that examine, install or connect servers: what they run is no server of this folder. */
const OTHER_PROGRAMS =
  /^(?:@modelcontextprotocol\/inspector|@smithery\/cli|mcp-remote|@wong2\/mcp-cli|mcp-get|install-mcp|add-mcp|supergateway|mcp-proxy|mcpo|mcp|fastmcp|tsx|tsc|vitest|jest|pytest|ruff|mypy|pyright|black|playwright|eslint|prettier|install|json|http\.server)(?:@.*)?$/;

async function readAll(
  tree: SourceTree,
  where: string,
  { reader, about }: { readonly reader: Reader; readonly about: About },
): Promise<readonly ManifestHints[]> {
  const prefix = where === '.' ? '' : `${where}/`;
  const files = tree.files.filter(
    (file) => file.startsWith(prefix) && reader.file.test(file.slice(prefix.length)),
  );
  const all: ManifestHints[] = [];
  for (const file of files.slice(0, 3)) {
    const text = await tree.read(file);
    const hints = text === undefined ? undefined : reader.read(text, file);
    if (hints !== undefined) all.push(relevant(hints, where, { reader, about }));
  }
  return all;
}

function relevant(
  hints: ManifestHints,
  where: string,
  { reader, about }: { readonly reader: Reader; readonly about: About },
): ManifestHints {
  const isOwn = where === about.folder;
  if (isOwn && !reader.isProse) return hints;
  const fitting = hints.starts.filter(({ program }) => !OTHER_PROGRAMS.test(program ?? ''));
  const named = fitting.filter((start) => namesOf(start).some((word) => isNamed(word, about)));
  if (!isOwn) return { starts: named, inputs: named.length > 0 ? hints.inputs : [] };
  const starts =
    named.length === 0 ? fitting : fitting.filter((one) => named.includes(one) || runsFile(one));
  return { starts, inputs: hints.inputs };
}

function namesOf({ program, start }: FoundStart): readonly string[] {
  return [program ?? '', start.command, ...start.args];
}

function isNamed(word: string, { folder, names }: About): boolean {
  const plain = word.replace(/(?<=.)@[^/@]*$/, '').replace(/:[\w.-]+$/, '');
  const path = word.replaceAll('\\', '/');
  if (folder !== '.' && `/${path}/`.includes(`/${folder}/`)) return true;
  return names.some((name) => plain === name || path.endsWith(`/${name}`));
}

/** A script of the repository, as `node dist/index.js` runs it. */
function runsFile({ program }: FoundStart): boolean {
  return program !== null && /\.(?:[cm]?[jt]s|py|jar|dll)$/.test(program);
}

function unique(starts: Hints['starts']): Hints['starts'] {
  const first = new Map<string, HintedStart>();
  for (const one of starts) {
    const key = JSON.stringify([one.command, one.args, one.environment]);
    if (!first.has(key)) first.set(key, one);
  }
  return [...first.values()].slice(0, MOST_STARTS);
}

const MOST_STARTS = 60;

function withAncestors(folder: string): readonly string[] {
  if (folder === '.') return ['.'];
  const slash = folder.lastIndexOf('/');
  return [folder, ...withAncestors(slash === -1 ? '.' : folder.slice(0, slash))];
}
