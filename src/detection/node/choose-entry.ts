import type { Evidence, Rejected } from '../../core/build-plan.js';
import { serves, type Candidate, type Candidates, type EntryScope } from './candidates.js';
import type { SourceFile } from './source-files.js';
import { listensItself } from './transport.js';

export type EntryChoice =
  | {
      readonly kind: 'entry';
      readonly entry: Candidate;
      readonly others: readonly Candidate[];
      /** Its code was followed to a transport. */
      readonly proven: boolean;
      readonly evidence: readonly Evidence[];
      readonly rejected: readonly Rejected[];
    }
  | { readonly kind: 'none'; readonly reason: string };

/** The first that reaches a transport in the order of trust; one that may, when none does. */
export function chooseEntry(candidates: Candidates, scope: EntryScope): EntryChoice {
  const serving = ordered(candidates.found.filter(isServer), scope);
  const possible = ordered(
    candidates.found.filter((one) => !isServer(one) && maybe(one, scope)),
    scope,
  );
  const entry = firstOf(serving, possible);
  const proven = entry !== undefined && serving.includes(entry);
  if (entry === undefined) return { kind: 'none', reason: whyNone(candidates, scope) };
  const others = distinct(serving.filter((one) => one.file !== entry.file));
  return {
    kind: 'entry',
    entry,
    others,
    proven,
    evidence: [
      {
        field: 'start',
        value: entry.file,
        source: entry.says,
        reason: reasonFor(entry, proven),
      },
    ],
    rejected: rejectedOf(candidates, entry, others),
  };
}

/** A command that a bundler makes goes before a program that nothing names. */
function firstOf(
  serving: readonly Candidate[],
  possible: readonly Candidate[],
): Candidate | undefined {
  const [first] = serving;
  const named = first !== undefined && first.from !== 'content' && first.from !== 'hint';
  return named ? first : (possible[0] ?? first);
}

function isServer(candidate: Candidate): boolean {
  const { reach } = candidate;
  if (reach === null || !serves(reach)) return false;
  const runs = reach.files.some((file) => file.runs);
  if ((candidate.from === 'main' || candidate.from === 'hint') && !runs) return false;
  const stdio = reach.files.some((file) => file.serves.has('stdio'));
  return stdio || listensItself(reach.files.map((file) => file.text).join('\n'));
}

/** It hands over to a package with MCP in its name, or its code is not followed to its end. */
function maybe(candidate: Candidate, scope: EntryScope): boolean {
  const { reach } = candidate;
  if (candidate.from !== 'bin' && candidate.from !== 'start') return false;
  if (reach === null) return [...scope.imports.files.values()].some((file) => file.serves.size > 0);
  const imported = reach.files.flatMap((file) => file.imports).filter((name) => !isClient(name));
  if (imported.some((name) => IS_MCP.test(name))) return true;
  const hasPackages = [...reach.packages].some((name) => !IS_MCP.test(name));
  return hasPackages && reach.files.some((file) => /\w*mcp\w*\s?\(/i.test(file.text));
}

const IS_MCP = /^(?!\.)(?:.*[/_-])?(?:mcp(?:$|[/_-])|modelcontextprotocol)/i;

function isClient(specifier: string): boolean {
  return /client|inspector|\btypes?\b|shared/i.test(specifier);
}

const ORDER = ['bin', 'start', 'main', 'hint', 'content'] as const;

/** Of several bins: stdio first, then the one that is called like the package or a text's start. */
function ordered(candidates: readonly Candidate[], scope: EntryScope): Candidate[] {
  const score = (one: Candidate): number =>
    ORDER.indexOf(one.from) * 100 +
    (reachesStdio(one) ? 0 : 20) +
    (isNamed(one, scope) ? 0 : 10) +
    (/setup|install|remove|uninstall|init|config|login|auth|client|test|http|sse/i.test(
      one.name ?? '',
    )
      ? 5
      : 0);
  return [...candidates].sort((one, other) => score(one) - score(other));
}

function reachesStdio(candidate: Candidate): boolean {
  return candidate.reach?.files.some((file) => file.serves.has('stdio')) ?? false;
}

function isNamed({ name }: Candidate, { manifest, hints }: EntryScope): boolean {
  if (name === null) return true;
  const own = manifest.name?.split('/').at(-1);
  return (
    name === own || hints.starts.some(({ command, args }) => command === name || args[0] === name)
  );
}

function distinct(candidates: readonly Candidate[]): Candidate[] {
  const seen = new Set<string>();
  return candidates.filter(({ file }) => {
    if (seen.has(file)) return false;
    seen.add(file);
    return true;
  });
}

function reasonFor(entry: Candidate, proven: boolean): string {
  if (!proven) return 'It is the command of the package, and what it calls may be an MCP server.';
  const file = entry.reach?.files.find((one) => one.serves.size > 0)?.path ?? entry.file;
  return entry.from === 'content'
    ? 'Nothing names a start; this program reaches an MCP transport.'
    : `It reaches the MCP transport in ${file}.`;
}

function rejectedOf(
  candidates: Candidates,
  entry: Candidate,
  others: readonly Candidate[],
): Rejected[] {
  const files = new Set([entry.file, ...others.map(({ file }) => file)]);
  const unfit = distinct(candidates.found.filter(({ file }) => !files.has(file))).map((one) => ({
    field: 'start',
    value: one.file,
    reason: `${one.says} names it, but it does not reach an MCP transport.`,
  }));
  const missing = candidates.missing
    .filter(({ from }) => from !== 'hint')
    .map(({ path, says }) => ({
      field: 'start',
      value: path,
      reason: `${says} names it, but there is no such file and nothing builds it.`,
    }));
  return [...unfit, ...missing];
}

function whyNone(candidates: Candidates, scope: EntryScope): string {
  const files = [...scope.imports.files.values()];
  const commands = candidates.found.filter(({ from }) => from === 'bin' || from === 'start');
  const serving = files.some((file) => file.serves.size > 0);
  if (
    commands.length > 0 &&
    (!serving || commands.every(({ reach }) => reach !== null && !serves(reach)))
  ) {
    return isClientOnly(files)
      ? 'Its code has only the client side of MCP.'
      : 'Its program starts, but reaches no MCP transport: it is a stub, or starts a program of another language.';
  }
  if (scope.isWorkspaceRoot) {
    return 'It is the root of a workspace and starts nothing itself: its packages may be servers.';
  }
  if (serving) {
    return 'Its code has an MCP transport, but nothing in it starts or listens: it is a library, or made for a host that runs it.';
  }
  if (isClientOnly(files)) return 'Its code has only the client side of MCP.';
  return 'package.json has neither bin nor start, and no file serves MCP.';
}

function isClientOnly(files: readonly SourceFile[]): boolean {
  const imported = files.flatMap((file) => file.imports);
  return imported.some((name) => /(?:modelcontextprotocol|mcp).*client/i.test(name));
}
