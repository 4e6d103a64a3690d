import { parse as parseToml } from 'smol-toml';
import { parse as parseYaml } from 'yaml';
import {
  clientStarts,
  splitWords,
  toStart,
  transportKind,
  type FoundStart,
} from './client-config.js';
import { tolerantJson } from './tolerant-json.js';

/** The starts that the code blocks of a README name, in order. */
export function readmeStarts(text: string, source: string): readonly FoundStart[] {
  return codeBlocks(text).flatMap((block) => blockStarts(block, source));
}

interface Block {
  readonly language: string;
  readonly text: string;
}

const MOST_BLOCKS = 200;
const LONGEST_BLOCK = 20_000;

function codeBlocks(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let open: { fence: string; language: string; lines: string[] } | undefined;
  for (const line of text.split(/\r?\n/)) {
    const fence = /^[\s>]{0,40}(`{3,}|~{3,})\s*([\w+-]*)/.exec(line);
    if (open !== undefined && fence?.[1]?.startsWith(open.fence)) {
      blocks.push({ language: open.language, text: open.lines.join('\n') });
      open = undefined;
    } else if (open !== undefined) open.lines.push(line);
    else if (fence?.[1] !== undefined) {
      open = { fence: fence[1], language: (fence[2] ?? '').toLowerCase(), lines: [] };
    }
    if (blocks.length >= MOST_BLOCKS) break;
  }
  return blocks.filter((block) => block.text.length <= LONGEST_BLOCK);
}

const DATA = /mcp_?servers|context_servers|"servers"|"?\bcommand"?\s*[:=]|\bcmd:/i;
const SHELL = /^(?:|bash|sh|shell|zsh|console|terminal|cmd|powershell|text|plaintext)$/;

function blockStarts({ language, text }: Block, source: string): readonly FoundStart[] {
  if (DATA.test(text)) {
    const data = readData(language, text);
    const starts = clientStarts(data, source);
    if (starts.length > 0) return starts;
  }
  if (!SHELL.test(language)) return [];
  return joinedLines(text).flatMap((line) => lineStart(line, source));
}

function readData(language: string, text: string): unknown {
  try {
    if (language === 'toml' || /^\s*\[\s*mcp_?servers/im.test(text)) return parseToml(text);
    if (language === 'yaml' || language === 'yml') return parseYaml(text, { maxAliasCount: 10 });
  } catch {
    return undefined;
  }
  return tolerantJson(text);
}

function joinedLines(text: string): readonly string[] {
  return text
    .replaceAll(/[\\`^]\n/g, ' ')
    .split('\n')
    .map((line) => line.trim().replace(/^(?:\$|>|%)\s+/, ''))
    .slice(0, 100);
}

const RUNNERS = /^(?:npx|bunx|uvx|uv|pipx|node|bun|deno|python3?|docker|pnpm|go|java)$/;
/** What these do is not starting a server. */
const OTHER_WORK =
  /\s(?:install|add|i|ci|init|sync|build|pull|push|login|test|lint|venv|pip|publish|compose|inspect|mod|tidy|--version|--help|-V)(?:\s|$)/;

/** `claude mcp add NAME -e K=V -- COMMAND …`, or a command that runs a server. */
function lineStart(line: string, source: string): readonly FoundStart[] {
  if (line.length > 1000 || /^\s*#/.test(line)) return [];
  const added = /^\S+\s+mcp\s+add\s+/.exec(line);
  const words = splitWords(line.replace(/\s+#.*$/, ''));
  return added === null ? plainStart(words, line, source) : addedStart(words.slice(3), source);
}

function addedStart(words: readonly string[], source: string): readonly FoundStart[] {
  const dashes = words.indexOf('--');
  const options = dashes === -1 ? words : words.slice(0, dashes);
  const environment: Record<string, string> = {};
  let transport: string | null = null;
  for (const [index, word] of options.entries()) {
    const next = options[index + 1] ?? '';
    const pair = /^(\w+)=(.*)$/.exec(next);
    const isVariable = /^(?:-e|--env)$/.test(word);
    if (isVariable && pair?.[1] !== undefined) environment[pair[1]] = pair[2] ?? '';
    if (/^(?:-t|--transport)$/.test(word)) transport = next;
  }
  const runner = words.findIndex((word) => RUNNERS.test(word));
  const [command, ...args] =
    dashes === -1 ? words.slice(runner === -1 ? words.length : runner) : words.slice(dashes + 1);
  if (command === undefined) return [];
  return [toStart({ command, args }, environment, { source, transport: transportKind(transport) })];
}

function plainStart(words: readonly string[], line: string, source: string): readonly FoundStart[] {
  const environment: Record<string, string> = {};
  let at = 0;
  for (; at < words.length; at += 1) {
    const pair = /^([A-Za-z_]\w*)=(.*)$/.exec(words[at] ?? '');
    if (pair?.[1] === undefined) break;
    environment[pair[1]] = pair[2] ?? '';
  }
  const [command = '', ...args] = words.slice(at);
  if (!RUNNERS.test(command) || OTHER_WORK.test(line) || args.length === 0) return [];
  if (words.some((word) => /^(?:\||&&|;|>)/.test(word))) return [];
  return [toStart({ command, args }, environment, { source, transport: null })];
}
