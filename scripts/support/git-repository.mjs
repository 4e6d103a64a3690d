import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A bare Git repository made from a list of files. It is written with `git fast-import`, so it can
 * hold what no folder can (a link to a submodule, two names that differ in case on macOS), and its
 * commit ids are the same on every machine.
 *
 * @typedef {{ content: string | Uint8Array, mode?: number }} FileWithMode
 * @typedef {{ symlink: string }} Symlink
 * @typedef {{ submodule: string }} Submodule the commit id it points to
 * @typedef {string | Uint8Array | FileWithMode | Symlink | Submodule} RepositoryFile
 * @typedef {Record<string, RepositoryFile>} RepositoryFiles path to content
 *
 * @typedef {object} RepositoryContent
 * @property {RepositoryFiles} [files] the branch `main`; without it the repository has no commit
 * @property {Record<string, RepositoryFiles>} [branches] further branches
 * @property {Record<string, string>} [tags] tag name to branch name
 *
 * @typedef {object} BareRepository
 * @property {string} folder
 * @property {Record<string, string>} commits branch name to commit id
 * @property {() => Promise<void>} remove
 */

/** 2024-01-01T00:00:00Z. A fixed moment makes the commit ids stable. */
const COMMITTED = 'Slipway <slipway@example.com> 1704067200 +0000';

/**
 * @param {RepositoryContent} content
 * @returns {Promise<BareRepository>}
 */
export async function createBareRepository(content) {
  const root = await mkdtemp(join(tmpdir(), 'slipway-git-origin-'));
  const folder = join(root, 'repository.git');
  const remove = () => rm(root, { recursive: true, force: true, maxRetries: 3 });
  try {
    await git(['init', '--quiet', '--bare', '--initial-branch=main', '--template=', folder], root);
    await git(['fast-import', '--quiet', '--done'], folder, importStream(content));
    return { folder, commits: await branchCommits(folder), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/**
 * What git needs to be found, and nothing of the user's settings.
 *
 * @returns {Record<string, string>}
 */
export function gitEnvironment() {
  return {
    PATH: process.env['PATH'] ?? '',
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
  };
}

/**
 * @param {RepositoryContent} content
 * @returns {Buffer}
 */
function importStream(content) {
  const branches = { ...(content.files ? { main: content.files } : {}), ...content.branches };
  const commits = Object.entries(branches).flatMap(([name, files]) => commitCommand(name, files));
  const tags = Object.entries(content.tags ?? {}).map(
    ([tag, branch]) => `reset refs/tags/${tag}\nfrom refs/heads/${branch}\n\n`,
  );
  return Buffer.concat([...commits, ...tags, 'done\n'].map((part) => Buffer.from(part)));
}

/**
 * @param {string} branch
 * @param {RepositoryFiles} files
 * @returns {(string | Uint8Array)[]}
 */
function commitCommand(branch, files) {
  const message = `Content of ${branch}`;
  const head = `commit refs/heads/${branch}\nauthor ${COMMITTED}\ncommitter ${COMMITTED}\n`;
  const data = `data ${Buffer.byteLength(message)}\n${message}\n`;
  return [head, data, ...Object.entries(files).flatMap(fileCommand), '\n'];
}

/**
 * @param {[string, RepositoryFile]} entry
 * @returns {(string | Uint8Array)[]}
 */
function fileCommand([path, file]) {
  if (typeof file === 'string' || file instanceof Uint8Array) return inline(path, '100644', file);
  if ('symlink' in file) return inline(path, '120000', file.symlink);
  if ('submodule' in file) return [`M 160000 ${file.submodule} ${quotePath(path)}\n`];
  const executable = ((file.mode ?? 0o644) & 0o100) !== 0;
  return inline(path, executable ? '100755' : '100644', file.content);
}

/**
 * @param {string} path
 * @param {string} mode
 * @param {string | Uint8Array} content
 * @returns {(string | Uint8Array)[]}
 */
function inline(path, mode, content) {
  const bytes = Buffer.from(content);
  return [`M ${mode} inline ${quotePath(path)}\ndata ${bytes.length}\n`, bytes, '\n'];
}

/**
 * C-style quotes, as `git fast-import` reads them: they let a name hold a line break.
 *
 * @param {string} path
 */
function quotePath(path) {
  const escaped = path.replaceAll(/["\\]/g, String.raw`\$&`).replaceAll('\n', String.raw`\n`);
  return `"${escaped}"`;
}

/**
 * @param {string} folder
 * @returns {Promise<Record<string, string>>}
 */
async function branchCommits(folder) {
  const lines = await git(
    ['for-each-ref', '--format=%(refname:lstrip=2) %(objectname)', 'refs/heads'],
    folder,
  );
  return Object.fromEntries(
    lines
      .split('\n')
      .filter(Boolean)
      .map((line) => {
        const [name = '', commit = ''] = line.split(' ');
        return [name, commit];
      }),
  );
}

/**
 * @param {string[]} argv
 * @param {string} cwd
 * @param {Buffer} [input]
 * @returns {Promise<string>} what it wrote on stdout
 */
function git(argv, cwd, input) {
  return new Promise((resolve, reject) => {
    const child = spawn('git', argv, { cwd, env: gitEnvironment() });
    /** @type {Buffer[]} */
    const out = [];
    let errors = '';
    child.stdout.on('data', (/** @type {Buffer} */ chunk) => out.push(chunk));
    child.stderr.on('data', (/** @type {Buffer} */ chunk) => (errors += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(out).toString());
      else reject(new Error(`git ${argv[0]} ended with ${code}: ${errors}`));
    });
    // git may end before it has read everything; its exit code tells why.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}
