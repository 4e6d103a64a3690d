import type { ServerStart, ServerTransport } from '../../core/build-plan.js';
import type { Hints } from '../source-tree.js';
import type { Candidate } from './candidates.js';

/** How a program serves: what to pass to it, and where it listens. */
export type Serving = Pick<ServerStart, 'args' | 'transport' | 'environment'>;

/** Best first: stdio where the program can, by its default or by the switch its code names. */
export function servingsOf(candidate: Candidate, hints: Hints): Serving[] {
  const files = candidate.reach?.files ?? [];
  const kinds = new Set(files.flatMap((file) => [...file.serves]));
  const text = files
    .map((file) => file.text)
    .join('\n')
    .slice(0, TEXT_CHARACTERS);
  const http = httpServing(text, kinds.has('http') ? 'http' : 'sse');
  const listens = kinds.has('http') || kinds.has('sse');
  if (listens && !kinds.has('stdio')) return [http];
  const args = stdioArguments(text, hints);
  const environment = listens ? stdioEnvironment(text) : {};
  const stdio: Serving = { args, environment, transport: { kind: 'stdio' } };
  return listens ? [stdio, http] : [stdio];
}

const TEXT_CHARACTERS = 2_000_000;

/** Whether a program of these files can be reached over HTTP at all: something listens. */
export function listensItself(text: string): boolean {
  return /\.listen\s?\(|\bserve\s?\(|\bBun\.serve\b|\bstartHTTP|\bhttpStream\b|\bcreateServer\s?\(|\.start\s?\(/.test(
    text,
  );
}

/** A flag, a subcommand or an option that the code knows and that selects stdio. */
function stdioArguments(text: string, hints: Hints): readonly string[] {
  if (STDIO_FLAG.test(text)) return ['--stdio'];
  if (subcommand(text, 'stdio')) return ['stdio'];
  if (TRANSPORT_OPTION_HTTP.test(text)) return ['--transport', 'stdio'];
  // The value of an option is compared as a word of its own would be.
  const isValue = (word: string): boolean => word === 'stdio' && /--transport\b/.test(text);
  const asked = hints.starts.flatMap(({ args }) =>
    args.filter((arg) => SERVE_WORDS.has(arg) && !isValue(arg)),
  );
  const known = asked.find((word) => subcommand(text, word) || comparesArgument(text, word));
  return known === undefined ? [] : [known];
}

const STDIO_FLAG = /['"]--stdio['"]|\bstdio\s?:\s?\{\s{0,40}type\s?:\s?(?:['"]boolean['"]|Boolean)/;
const TRANSPORT_OPTION_HTTP =
  /--transport\b[^)]{0,200}['"](?:http|sse|streamable[\w-]{0,20}|httpStream)['"]\s{0,20},?\s{0,20}\)/;
const SERVE_WORDS = new Set(['stdio', 'serve', 'server', 'start', 'run', 'mcp']);

function subcommand(text: string, word: string): boolean {
  return new RegExp(`\\.command\\(\\s{0,40}['"\`]${word}['"\` ]`).test(text);
}

function comparesArgument(text: string, word: string): boolean {
  return /process\.argv/.test(text) && new RegExp(`(?:===|case)\\s?['"]${word}['"]`).test(text);
}

/** A variable that selects the transport and whose default is another than stdio. */
function stdioEnvironment(text: string): Readonly<Record<string, string>> {
  const name = TRANSPORT_VARIABLES.map((pattern) => pattern.exec(text)?.[1]).find(
    (found) => found !== undefined,
  );
  return name === undefined ? {} : { [name]: 'stdio' };
}

const TRANSPORT_VARIABLES = [
  /process\.env\.(\w{0,40}TRANSPORT\w{0,20})\s{0,20}(?:\|\||\?\?)\s{0,20}['"](?:http|sse|streamable)/,
  /process\.env\.(\w{0,40}TRANSPORT\w{0,20})\s{0,20}===?\s{0,20}['"]stdio['"]/,
  /\b(\w{0,40}TRANSPORT\w{0,20})\s?:\s?z\b[^\n]{0,200}\.default\(\s?['"](?:http|sse|streamable)/,
] as const;

function httpServing(text: string, kind: 'http' | 'sse'): Serving {
  const transport: ServerTransport = { kind, port: portOf(text), path: pathOf(text, kind) };
  return { args: [], environment: hostOf(text), transport };
}

const DEFAULT_PORT = 3000;
const PORTS = [
  /process\.env(?:\.\w{0,30}PORT\b|\[['"]\w{0,30}PORT['"]\])\s{0,20}(?:\|\||\?\?)\s{0,20}['"]?(?<port>\d{2,5})/g,
  /\w{0,30}PORT\b[^\n]{0,60}\.default\(\s?['"]?(?<port>\d{2,5})/g,
  /\w{0,30}PORT['"][^\n]{0,40},\s?(?<port>\d{4,5})\b/g,
  /\.listen\(\s{0,20}(?:\{\s{0,20}port\s?:\s?)?(?<port>\d{2,5})/g,
  /\w{0,30}PORT\s?(?::\s?number)?\s?=\s?(?:Number|parseInt)?\(?\s?['"]?(?<port>\d{2,5})/gi,
  /\bport\s?:\s?(?<port>\d{2,5})/g,
] as const;

function portOf(text: string): number {
  for (const pattern of PORTS) {
    for (const match of text.matchAll(pattern)) {
      const port = Number(match.groups?.['port']);
      if (port >= 80 && port < 65_536 && !isOther(match[0], port)) return port;
    }
  }
  return DEFAULT_PORT;
}

/** The port of a database is what the server connects to. */
function isOther(written: string, port: number): boolean {
  return OTHER_HOST.test(written) || [1433, 3306, 5432, 5433, 6379, 9200, 27_017].includes(port);
}

const PATHS = [
  /\.(?:post|all|use|get|route)\(\s{0,20}['"](\/[\w/-]{0,60})['"]/g,
  /(?:pathname|url|path)\s?===?\s?['"](\/[\w/-]{0,60})['"]/g,
  /\b(?:endpoint|basePath|path)\s?:\s?['"](\/[\w/-]{0,60})['"]/g,
] as const;

/** A path that says mcp or sse, else what the transports' examples use. */
function pathOf(text: string, kind: 'http' | 'sse'): string {
  const paths = PATHS.flatMap((pattern) =>
    [...text.matchAll(pattern)].map((match) => match[1] ?? ''),
  );
  const word = kind === 'http' ? 'mcp' : 'sse';
  return (
    paths.find((path) => path.endsWith(word)) ??
    paths.find((path) => path.includes(word)) ??
    `/${word}`
  );
}

const LOOPBACK = `['"](?:localhost|127\\.0\\.0\\.1)['"]`;
const HOST_VARIABLE = String.raw`process\.env(?:\.|\[['"])(\w{0,40}(?:HOST|BIND|ADDRESS)\w{0,20})(?:['"]\])?`;
const HOSTS = [
  new RegExp(`${HOST_VARIABLE}\\s{0,20}(?:\\|\\||\\?\\?)\\s{0,20}${LOOPBACK}`, 'g'),
  new RegExp(
    `\\b(\\w{0,40}HOST\\w{0,20})\\s?:\\s?z\\b[^\\n]{0,100}\\.default\\(\\s?${LOOPBACK}`,
    'g',
  ),
  new RegExp(`['"](\\w{0,40}HOST\\w{0,20})['"][^\\n]{0,60}${LOOPBACK}`, 'g'),
  new RegExp(HOST_VARIABLE, 'g'),
] as const;

/** Of what the server connects to, and of what may connect to it. */
const OTHER_HOST =
  /DB|SQL|PG|POSTGRES|REDIS|MONGO|SMTP|IMAP|MAIL|LDAP|PROXY|API|ELASTIC|NEO4J|ALLOWED|REMOTE|TARGET|SSH|HOSTS$/;

/** A loopback default cannot be reached through a published port. */
function hostOf(text: string): Readonly<Record<string, string>> {
  if (!new RegExp(LOOPBACK).test(text)) return {};
  const name = HOSTS.flatMap((pattern) =>
    [...text.matchAll(pattern)].map((match) => match[1] ?? ''),
  ).find((found) => found !== '' && !OTHER_HOST.test(found));
  return name === undefined ? {} : { [name]: '0.0.0.0' };
}
