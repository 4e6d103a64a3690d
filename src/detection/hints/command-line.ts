import type { DeclaredInput } from '../../core/build-plan.js';
import { isPlaceholder } from '../support/placeholder.js';
import { declaredInput } from './inputs.js';

/** What a command runs, and what it gives it. */
export interface CommandParts {
  /** Package, image, script or module; null when it cannot be told. */
  readonly program: string | null;
  /** The arguments behind the program. */
  readonly args: readonly string[];
  /** `-e NAME=value` of `docker run`. */
  readonly environment: readonly (readonly [string, string | null])[];
}

/** Takes the runner (`npx -y`, `docker run -e …`, `uv --directory … run`) off a command. */
export function commandParts(command: string, args: readonly string[]): CommandParts {
  const runner = (command.split(/[\\/]/).at(-1) ?? '').replace(/\.exe$|\.cmd$/, '');
  if (runner === 'docker' || runner === 'podman') return dockerParts(args);
  const valued = VALUED[runner];
  if (valued === undefined) return { program: command, args, environment: [] };
  const at = programIndex(args, valued);
  return { program: args[at] ?? null, args: args.slice(at + 1), environment: [] };
}

/** Inputs that the arguments stand for: `--token YOUR_TOKEN`, `/path/to/folder`. */
export function argumentInputs(args: readonly string[], source: string): readonly DeclaredInput[] {
  return args.flatMap((word, index) => {
    const equals = /^(--?[A-Za-z][\w-]*)=(.*)$/.exec(word);
    if (equals?.[1] !== undefined) return optionInput(equals[1], equals[2] ?? '', source);
    if (word.startsWith('-') || !isPlaceholder(word)) return [];
    const before = args[index - 1] ?? '';
    if (/^--?[A-Za-z][\w-]*$/.test(before)) return optionInput(before, word, source);
    return [declaredInput({ kind: 'argument', name: wordFor(word), required: true, source })];
  });
}

/** Options of runners that take a value, and the words that come before the program. */
interface Runner {
  readonly values: readonly string[];
  readonly words: readonly string[];
}

const PACKAGES: Runner = {
  values: ['-p', '--package', '--from', '--with', '--python', '--index-url'],
  words: ['dlx', 'exec', 'x'],
};
const SCRIPTS: Runner = { values: ['-r', '--require', '--import', '--env-file'], words: ['run'] };
const VALUED: Readonly<Record<string, Runner>> = {
  npx: PACKAGES,
  bunx: PACKAGES,
  uvx: PACKAGES,
  pipx: { ...PACKAGES, words: ['run'] },
  pnpm: PACKAGES,
  yarn: PACKAGES,
  node: SCRIPTS,
  bun: SCRIPTS,
  tsx: SCRIPTS,
  deno: SCRIPTS,
  java: { values: ['-cp', '-classpath', '--class-path'], words: [] },
  python: SCRIPTS,
  python3: SCRIPTS,
  uv: {
    values: ['--directory', '--project', '--with', '--python', '--env-file', '--from'],
    words: ['run', 'tool', 'python', 'python3'],
  },
};

function programIndex(args: readonly string[], { values, words }: Runner): number {
  let at = 0;
  while (at < args.length) {
    const word = args[at] ?? '';
    if (values.includes(word)) at += 2;
    else if (word.startsWith('-') || words.includes(word)) at += 1;
    else return at;
  }
  return at;
}

const DOCKER_FLAGS =
  /^(?:-i|-t|-it|-ti|-d|--rm|--init|--interactive|--tty|--detach|--read-only|--privileged|--pull=.*|--[a-z-]+=.*)$/;

function dockerParts(args: readonly string[]): CommandParts {
  const environment: (readonly [string, string | null])[] = [];
  let at = args.indexOf('run') + 1;
  while (args[at]?.startsWith('-') === true) {
    const word = args[at] ?? '';
    const next = args[at + 1] ?? '';
    if (word === '-e' || word === '--env') environment.push(assignment(next));
    if (word.startsWith('--env=')) environment.push(assignment(word.slice('--env='.length)));
    at += DOCKER_FLAGS.test(word) ? 1 : 2;
  }
  return { program: args[at] ?? null, args: args.slice(at + 1), environment };
}

function assignment(pair: string): readonly [string, string | null] {
  const equals = pair.indexOf('=');
  return equals === -1 ? [pair, null] : [pair.slice(0, equals), pair.slice(equals + 1)];
}

function optionInput(name: string, value: string, source: string): readonly DeclaredInput[] {
  const required = isPlaceholder(value);
  return [declaredInput({ kind: 'argument', name, required, defaultValue: value, source })];
}

/** A word for a positional argument that a placeholder stands for. */
function wordFor(placeholder: string): string {
  if (/dir|folder|vault|workspace/i.test(placeholder)) return 'directory';
  if (/\.(?:db|sqlite3?|json|ya?ml|csv|env|txt)\b|file/i.test(placeholder)) return 'file';
  if (/:\/\/|url/i.test(placeholder)) return 'url';
  if (/path|[\\/]/i.test(placeholder)) return 'path';
  const word = placeholder
    .toLowerCase()
    .replaceAll(/[^a-z\d]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return word === '' ? 'value' : word.slice(0, 40);
}
