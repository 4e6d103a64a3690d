import type { PackageManifest } from './manifest.js';

const RUNNERS = new Set(['npm', 'pnpm', 'yarn', 'bun']);
const SERIES = new Set(['run-s', 'run-p', 'npm-run-all', 'npm-run-all2']);

/** The text of a script and of the scripts it runs, one a line; empty when there is none. */
export function scriptText(manifest: PackageManifest, name: string): string {
  const seen = new Set<string>();
  const texts: string[] = [];
  const visit = (script: string): void => {
    if (seen.has(script) || seen.size > 50) return;
    seen.add(script);
    const text = manifest.scripts.get(script);
    if (text === undefined) return;
    texts.push(text);
    for (const called of calledScripts(text)) visit(called);
  };
  for (const script of [`pre${name}`, name, `post${name}`]) visit(script);
  return texts.join('\n');
}

/** The commands of a script, as words: split at `&&`, `||`, `;`, `|` and `&`. */
export function commandsOf(text: string): string[][] {
  return text
    .slice(0, 10_000)
    .split(/\n|&&|\|\||[;|&]/)
    .map((command) => wordsOf(command))
    .filter((words) => words.length > 0);
}

/** Whether a command of the text is a call of `program`. */
export function calls(text: string, program: string): boolean {
  return commandsOf(text).some((words) => words[0] === program);
}

/** Without the variables that are set in front and what only changes how the program is found. */
function wordsOf(command: string): string[] {
  const words = command
    .trim()
    .split(/\s+/)
    .map((word) => word.replace(/^["'\\]+|["'\\]+$/g, ''))
    .filter((word) => word !== '');
  const start = words.findIndex((word) => !/^(?:cross-env|env|npx|bunx|\w+=.*)$/.test(word));
  return start < 0 ? [] : words.slice(start);
}

function calledScripts(text: string): string[] {
  return commandsOf(text).flatMap(([program = '', ...args]) => {
    if (program === 'concurrently') return args.filter((_, index) => args[index - 1] === 'run');
    if (SERIES.has(program)) return args.filter((arg) => !arg.startsWith('-'));
    if (!RUNNERS.has(program)) return [];
    const words = args.filter((arg) => !arg.startsWith('-') && arg !== 'run' && arg !== 'exec');
    return words.slice(0, 1);
  });
}
