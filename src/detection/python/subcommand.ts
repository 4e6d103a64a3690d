import type { Entry } from './entry-types.js';
import type { Launch } from './launch.js';
import { isHinted } from './hinted.js';
import { callsOf, keywordLiteral, leadingTexts } from './python-text.js';

/** The word a command line with several commands needs before it serves. */
export interface Subcommand {
  readonly kind: 'stdio' | 'serve';
  readonly words: readonly string[];
  readonly reason: string;
}

const serving = [
  'stdio',
  'run-stdio',
  'serve',
  'server',
  'serve-mcp',
  'mcp',
  'run',
  'start',
  'start-server',
  'run-server',
  'mcp-server',
];

/** Undefined when the entry serves without one. */
export function subcommandFor(entry: Entry, launches: readonly Launch[]): Subcommand | undefined {
  const declared = declaredCommands(entry);
  if (declared.names.length === 0) return undefined;
  const written = launches
    .filter((launch) => isHinted(entry, launch, ''))
    .map((launch) => launch.args[0] ?? '')
    .find((word) => declared.names.includes(word));
  const known = serving.find((word) => declared.names.includes(word));
  const word = known === 'stdio' || written === undefined ? known : written;
  if (word === undefined || (!declared.required && written === undefined)) return undefined;
  const reason = `The command line declares the commands ${declared.names.slice(0, 6).join(', ')}.`;
  return { kind: word.endsWith('stdio') ? 'stdio' : 'serve', words: [word], reason };
}

interface Commands {
  readonly names: readonly string[];
  /** It does nothing without one of them. */
  readonly required: boolean;
}

/** Commands of argparse, click and typer in the files nearest to the start. */
function declaredCommands(entry: Entry): Commands {
  for (const { code } of entry.sources.slice(0, 6)) {
    const parsers = callsOf(code, /\.add_parser\s*\(/g).map((call) => leadingTexts(call)[0] ?? '');
    if (parsers.length > 0) {
      const required =
        /add_subparsers\([^)]*required\s*=\s*True|\.required\s*=\s*True|print_help\(\)/.test(code);
      return { names: parsers.filter((name) => isWord(name)), required };
    }
    const typer = /\btyper\.Typer\s*\(|\bTyper\s*\(/.test(code);
    const click = /@(?:click\.)?group\s*\(/.test(code);
    if (!typer && !click) continue;
    const names = decorated(code);
    if (names.length === 0) continue;
    const alone = typer && names.length === 1 && !/\.callback\s*\(/.test(code);
    const optional = /invoke_without_command\s*=\s*True/.test(code);
    return { names: alone ? [] : names, required: !optional };
  }
  return { names: [], required: false };
}

/** `@app.command("name")`, or the function's name with `-` for `_`. */
function decorated(code: string): string[] {
  const pattern = /^@\w+\.command\s*\(/gm;
  return [...code.matchAll(pattern)]
    .map((match) => {
      const rest = code.slice(match.index);
      const [call = ''] = callsOf(rest, /^@\w+\.command\s*\(/g);
      const named = leadingTexts(call)[0] ?? keywordLiteral(call, 'name');
      const defined = /^\s*(?:async\s+)?def\s+(\w+)/m.exec(rest)?.[1];
      return named ?? defined?.replaceAll('_', '-') ?? '';
    })
    .filter((name) => isWord(name));
}

function isWord(name: string): boolean {
  return /^[A-Za-z][\w-]*$/.test(name);
}
