import { parseDockerfile, jsonForm } from '../../core/dockerfile.js';
import { join } from '../support/paths.js';
import type { Project } from '../source-tree.js';

/** Arguments that make a program serve, and what says so. */
export interface ServingArguments {
  readonly args: readonly string[];
  readonly source: string;
}

const SUBCOMMAND = /^(?:stdio|serve|server|serve-stdio|mcp|mcp-server|start|run)$/;
const STDIO_FLAG = /^--?(?:use-)?stdio(?:=true)?$/;
const TRANSPORT_FLAG = /^--?(?:t|transport|mode|transport-type|transport-mode|server-mode)$/;
const STDIO_VALUE = /^--?(?:t|transport|mode|transport-type|transport-mode|server-mode)=stdio$/;

/** Options of `docker run` that have a value of their own. */
const DOCKER_VALUE =
  /^(?:-e|--env|--env-file|-v|--volume|--mount|-p|--publish|--name|--network|--net|-w|--workdir|-u|--user|--platform|--pull|--entrypoint|-l|--label|--add-host|-h|--hostname)$/;

/**
 * The arguments, of those that the repository's texts and its Dockerfile give, without which the
 * program does something else than serve over stdio. What is a user's own value is none of them.
 */
export async function servingArguments(
  project: Project,
  program: string,
): Promise<ServingArguments | undefined> {
  for (const start of project.hints.starts) {
    if (start.transport !== null && start.transport !== 'stdio') continue;
    const args = argumentsOf(start.command, start.args, program);
    const serving = args && servingWords(args);
    if (serving && serving.length > 0) return { args: serving, source: start.source };
  }
  return dockerfileArguments(project);
}

/** Of an argument list, the words that choose serving over stdio. */
export function servingWords(args: readonly string[]): string[] {
  const words: string[] = [];
  args.forEach((word, at) => {
    const next = args[at + 1];
    const isFirst = at === 0 || (at === 1 && words.length === 1);
    if (isFirst && SUBCOMMAND.test(word)) words.push(word);
    else if (STDIO_FLAG.test(word) || STDIO_VALUE.test(word)) words.push(word);
    else if (TRANSPORT_FLAG.test(word) && next === 'stdio') words.push(word, next);
  });
  return words;
}

/** What follows the program itself; undefined when another program is started. */
function argumentsOf(
  command: string,
  args: readonly string[],
  program: string,
): readonly string[] | undefined {
  const name = baseName(command);
  if (name === program) return args;
  if (name === 'docker' || name === 'podman') return args.slice(afterDockerImage(args));
  if (name === 'go' && args[0] === 'run') return args.slice(2);
  if (name === 'cargo' && args.includes('--')) return args.slice(args.indexOf('--') + 1);
  if (name === 'java') return args.slice(args.indexOf('-jar') + 2);
  if (name === 'dotnet' && args.includes('--')) return args.slice(args.indexOf('--') + 1);
  // A path to where a user put the program, under whatever name.
  return /[/\\<]/.test(command) ? args : undefined;
}

function afterDockerImage(args: readonly string[]): number {
  let at = args.indexOf('run') + 1;
  while (at < args.length && args[at]?.startsWith('-') === true) {
    at += DOCKER_VALUE.test(args[at] ?? '') ? 2 : 1;
  }
  return at + 1;
}

async function dockerfileArguments(project: Project): Promise<ServingArguments | undefined> {
  const path = join(project.folder, 'Dockerfile');
  const text = await project.tree.read(path);
  if (text === undefined) return undefined;
  const { instructions } = parseDockerfile(text);
  const words = (keyword: string): readonly string[] => {
    const last = instructions.findLast((one) => one.keyword === keyword);
    return (last && jsonForm(last.joined)) ?? [];
  };
  const [, ...args] = [...words('ENTRYPOINT'), ...words('CMD')];
  const serving = servingWords(args);
  return serving.length > 0 ? { args: serving, source: `${path} CMD` } : undefined;
}

function baseName(path: string): string {
  return (path.split(/[/\\]/).at(-1) ?? path).replace(/\.exe$/i, '');
}
