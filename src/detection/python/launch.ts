import type { HintedStart } from '../source-tree.js';

/** What a start command of a README or a registry manifest runs in terms of Python. */
export interface Launch {
  readonly what: 'script' | 'module' | 'file' | 'application';
  /** The console script, the dotted module, or the path of the file, as written. */
  readonly name: string;
  readonly args: readonly string[];
  readonly environment: readonly string[];
  readonly transport: HintedStart['transport'];
  readonly source: string;
}

/** Undefined when the command is not one of Python: `docker run …`, `npx …`. */
export function launchOf(start: HintedStart): Launch | undefined {
  const words = [start.command.split(/[/\\]/).at(-1) ?? '', ...start.args];
  const found = unwrap(words);
  if (found === undefined) return undefined;
  return {
    ...found,
    environment: start.environment,
    transport: start.transport,
    source: start.source,
  };
}

type Unwrapped = Pick<Launch, 'what' | 'name' | 'args'>;

const others = new Set([
  'docker',
  'podman',
  'npx',
  'npm',
  'node',
  'bunx',
  'bun',
  'deno',
  'go',
  'cargo',
  'java',
  'dotnet',
  'bash',
  'sh',
  'cmd',
  'curl',
  'wsl',
  'git',
  'pip',
  'brew',
  'claude',
  'code',
]);

/** Options of uv, uvx, poetry and python that take the next word. */
const valued =
  /^(?:--(?:directory|project|with|with-editable|with-requirements|from|python|env-file|extra|group|index|index-url|default-index|extra-index-url|refresh-package|config-file|cache-dir|spec|pip-args|python-preference|prerelease)|-p|-w|-C|-W|-X|-i)$/;

const runners: ReadonlySet<string> = new Set(['uv', 'poetry', 'pipenv', 'pdm', 'hatch']);

function unwrap(words: readonly string[]): Unwrapped | undefined {
  const [command = '', ...rest] = words;
  const name = command.replace(/\.exe$/, '');
  if (others.has(name) || name === '') return undefined;
  if (name === 'uvx' || name === 'pipx') {
    return afterRun(skipOptions(rest[0] === 'run' ? rest.slice(1) : rest));
  }
  if (!runners.has(name)) return afterRun([name, ...rest]);
  const after = skipOptions(rest);
  if (after[0] !== 'tool' && after[0] !== 'run') return undefined;
  return afterRun(skipOptions(after.slice(after[0] === 'tool' ? 2 : 1)));
}

function afterRun(words: readonly string[]): Unwrapped | undefined {
  const [first = '', ...rest] = words;
  const name = first.split(/[/\\]/).at(-1) ?? '';
  if (/^python(?:\d(?:\.\d+)?)?$|^py$/.test(name)) return ofPython(skipOptions(rest, true));
  if (name === 'mcp' || name === 'fastmcp') return ofFramework(rest);
  if (name === 'uvicorn') return { what: 'application', name: rest[0] ?? '', args: rest.slice(1) };
  if (first.endsWith('.py')) return { what: 'file', name: first, args: rest };
  const script = name
    .replace(/@[\w.]+$/, '')
    .replace(/\[[^\]]*\]$/, '')
    .replace(/==.*$/, '');
  return script === '' || name.startsWith('-')
    ? undefined
    : { what: 'script', name: script, args: rest };
}

function ofPython(words: readonly string[]): Unwrapped | undefined {
  const [first = '', second = '', ...rest] = words;
  if (first === '-m' && second === '') return undefined;
  if (first === '-m') return { what: 'module', name: second, args: rest };
  return first.endsWith('.py') ? { what: 'file', name: first, args: words.slice(1) } : undefined;
}

/** `mcp run server.py:app`, `fastmcp run server.py`. */
function ofFramework(words: readonly string[]): Unwrapped | undefined {
  if (words[0] !== 'run' && words[0] !== 'dev') return undefined;
  const file = words.slice(1).find((word) => /\.py(?::\w+)?$/.test(word));
  return file === undefined
    ? undefined
    : { what: 'file', name: file.replace(/:\w+$/, ''), args: [] };
}

function skipOptions(words: readonly string[], keepModule = false): readonly string[] {
  let at = 0;
  while (at < words.length) {
    const word = words[at] ?? '';
    if (!word.startsWith('-') || (keepModule && word === '-m')) break;
    if (word === '-m' || word === '--module') return ['python', '-m', ...words.slice(at + 1)];
    at += valued.test(word) ? 2 : 1;
  }
  return words.slice(at);
}
