/** The steps that every command of the project needs first, each done only when it is missing. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

const OLDEST_NODE = [20, 19];

/**
 * Runs a program of the project and shows its output. Rejects when it fails.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, quiet?: boolean }} [options]
 * @returns {Promise<void>}
 */
export function runProgram(program, args, { env = process.env, quiet = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: root,
      env,
      stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
      // npm is a script on Windows and needs its shell; the arguments are all ours.
      shell: process.platform === 'win32',
    });
    let output = '';
    child.stdout?.on('data', (chunk) => (output += chunk));
    child.stderr?.on('data', (chunk) => (output += chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) return resolve();
      const detail = output === '' ? '' : `\n${output}`;
      reject(new Error(`${program} ${args.join(' ')} ended with ${code}${detail}`));
    });
  });
}

/** A program of `node_modules/.bin`. */
export function bin(/** @type {string} */ name) {
  return path.join(root, 'node_modules', '.bin', name);
}

/** Ends with a clear line when this Node is too old to run the project. */
export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [oldMajor = 0, oldMinor = 0] = OLDEST_NODE;
  if (major > oldMajor || (major === oldMajor && minor >= oldMinor)) return;
  throw new Error(
    `Slipway needs Node.js ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}.`,
  );
}

/** Installs the dependencies of the lock file, unless exactly these are there. */
export async function install() {
  if (isInstalled()) return;
  console.log('> Installing dependencies (npm ci)');
  await runProgram('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

/**
 * npm keeps a copy of the lock in node_modules, without the root entry. Builds of other platforms
 * are in the lock and never installed.
 */
function isInstalled() {
  const installed = readLock(path.join(root, 'node_modules', '.package-lock.json'));
  const wanted = readLock(path.join(root, 'package-lock.json'));
  if (installed === undefined || wanted === undefined) return false;
  return Object.entries(wanted).every(
    ([name, { version, optional }]) =>
      installed[name]?.version === version || (optional && !installed[name]),
  );
}

const LOCK_FORM = 'is not a lock file of npm 7 or newer';

/**
 * @param {string} file
 * @returns {Record<string, { version: string, optional: boolean }> | undefined} by folder
 */
function readLock(file) {
  if (!existsSync(file)) return undefined;
  const packages = memberOf(JSON.parse(readFileSync(file, 'utf8')), 'packages');
  if (typeof packages !== 'object' || packages === null) throw new Error(`${file} ${LOCK_FORM}`);
  const entries = Object.entries(packages).filter(([name]) => name !== '');
  return Object.fromEntries(
    entries.map(([name, entry]) => [
      name,
      {
        version: String(memberOf(entry, 'version')),
        optional: memberOf(entry, 'optional') === true,
      },
    ]),
  );
}

/**
 * @param {unknown} value
 * @param {string} name
 * @returns {unknown}
 */
function memberOf(value, name) {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** Compiles `src` to `dist`. */
export async function build() {
  rmSync(path.join(root, 'dist'), { recursive: true, force: true });
  await runProgram(bin('tsc'), ['-p', 'tsconfig.build.json']);
}
