/** The pinned programs that judge the server, in a folder of the project's state. */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { messageOf } from '../engine/errors.mjs';
import { readIfThere } from '../engine/files.mjs';
import { withLock } from '../engine/lock.mjs';
import { enginePaths } from '../engine/paths.mjs';
import { root, runProgram } from '../support/project.mjs';

/**
 * @typedef {object} McpTools
 * @property {string} node a Node that is new enough for all of them
 * @property {string} inspector
 * @property {readonly (readonly [string, string])[]} conformance version and program of each suite
 * @property {string} folder where they are installed
 * @property {string} home a home folder to write into
 */

/** Beside the private engine's folder. */
const HOME = join(dirname(enginePaths().home), 'mcp-tools');
const PACKAGES = join(HOME, 'node_modules');

/** What is installed, and what runs beside it. */
export const MANIFESTS = join(root, 'tests', 'mcp', 'tools');
const LOCK = 'package-lock.json';

/** The Inspector says so; the conformance suites import `fs.globSync`, which came with 22. */
const OLDEST_NODE = [22, 19];

/**
 * Installs exactly what the committed lock names, unless it is there.
 *
 * @param {import('../engine/steps.mjs').Steps} steps
 * @returns {Promise<McpTools>}
 */
export async function ensureTools(steps) {
  await withLock(join(HOME, 'lock'), steps.note, async () => {
    if (readIfThere(join(HOME, 'installed')) === wanted()) return;
    await steps.step(`Installing the MCP test tools into ${HOME} (npm ci, 340 MB)`, installTools);
  });
  return {
    node: newEnoughNode(),
    inspector: inPackages('@modelcontextprotocol/inspector/clients/launcher/build/index.js'),
    conformance: ['@modelcontextprotocol/conformance', 'conformance-next'].map((name) => [
      versionOf(name),
      inPackages(`${name}/dist/index.js`),
    ]),
    folder: HOME,
    home: join(HOME, 'home'),
  };
}

async function installTools() {
  rmSync(join(HOME, 'installed'), { force: true });
  mkdirSync(join(HOME, 'home'), { recursive: true });
  for (const file of ['package.json', LOCK]) copyFileSync(join(MANIFESTS, file), join(HOME, file));
  const args = ['ci', '--prefix', HOME, '--ignore-scripts', '--no-audit', '--no-fund'];
  // Without a network, its own patience is more than a minute.
  args.push('--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000');
  try {
    await runProgram('npm', [...args, '--loglevel=error'], { quiet: true });
  } catch (cause) {
    const advice = 'They come from the npm registry: check the network and npm config.';
    throw new Error(`The MCP test tools cannot be installed. ${advice}\n${messageOf(cause)}`, {
      cause,
    });
  }
  writeFileSync(join(HOME, 'installed'), wanted());
}

/** @returns {string} what the committed lock names, and for which machine */
function wanted() {
  const lock = createHash('sha256').update(readFileSync(join(MANIFESTS, LOCK)));
  return `${lock.digest('hex')} ${process.platform} ${process.arch}\n`;
}

/** @returns {string} the pinned one where npm has it, so that runs repeat; else our own */
function newEnoughNode() {
  const pinned = inPackages(`node-${process.platform}-${process.arch}/bin/node`);
  if (existsSync(pinned)) return pinned;
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [oldMajor = 0, oldMinor = 0] = OLDEST_NODE;
  if (major > oldMajor || (major === oldMajor && minor >= oldMinor)) return process.execPath;
  throw new Error(
    `The MCP test tools need Node.js ${OLDEST_NODE.join('.')} or newer, and this is ` +
      `${process.versions.node}. One is installed with them on linux-x64 and linux-arm64 only, not ` +
      `on ${process.platform}-${process.arch}: run this with a newer Node.`,
  );
}

/** @param {string} name */
function versionOf(name) {
  /** @type {unknown} */
  const manifest = JSON.parse(readFileSync(inPackages(`${name}/package.json`), 'utf8'));
  return String(Reflect.get(Object(manifest), 'version'));
}

/** @param {string} path */
function inPackages(path) {
  return join(PACKAGES, ...path.split('/'));
}
