import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { folderOf, valueOf } from './endpoint/environment-values.js';
import type { SearchEnvironment } from './endpoint/types.js';

/** What is needed to look for a program. */
export type ProgramEnvironment = Pick<SearchEnvironment, 'env' | 'homeDir' | 'platform'>;

/**
 * The full path of a program, or undefined. After `PATH` it looks where Docker's helpers are
 * installed: clients of MCP start servers with a short `PATH`, on macOS without /usr/local/bin.
 *
 * Relative folders of `PATH` are passed over: the current project must not bring its own programs.
 *
 * @param name of letters, digits and `_.-`: it becomes a part of a path
 */
export async function findProgram(
  name: string,
  environment: ProgramEnvironment,
): Promise<string | undefined> {
  const names = environment.platform === 'win32' ? [`${name}.exe`, name] : [name];
  for (const folder of searchFolders(environment)) {
    for (const file of names.map((one) => join(folder, one))) {
      if (await isExecutable(file)) return file;
    }
  }
  return undefined;
}

/** The folders of {@link findProgram}, in order: also the `PATH` for what such a program starts. */
export function searchFolders(environment: ProgramEnvironment): readonly string[] {
  const named = (valueOf(environment, 'PATH') ?? '').split(delimiter).filter(isAbsolute);
  const usual = environment.platform === 'win32' ? windowsFolders(environment) : unixFolders();
  return [...new Set([...named, ...usual, join(environment.homeDir, '.docker', 'bin')])];
}

function unixFolders(): readonly string[] {
  return [
    '/usr/local/bin',
    '/usr/bin',
    '/bin',
    '/opt/homebrew/bin',
    '/home/linuxbrew/.linuxbrew/bin',
    '/snap/bin',
    '/Applications/Docker.app/Contents/Resources/bin',
  ];
}

function windowsFolders(environment: ProgramEnvironment): readonly string[] {
  const programs = folderOf(environment, 'ProgramFiles') ?? String.raw`C:\Program Files`;
  return [join(programs, 'Docker', 'Docker', 'resources', 'bin')];
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
