import { parseArgs } from 'node:util';
import { IMAGE_GROUPS, ON_REQUEST, references } from './engine/catalog.mjs';
import { EngineSetupError } from './engine/errors.mjs';
import { engineDown, engineStatus, engineUp } from './engine/index.mjs';
import { describeStatus } from './engine/status.mjs';
import { createSteps, createTerminalSteps } from './engine/steps.mjs';

/**
 * `npm run engine -- up|down|status`: progress on stderr, the answer on stdout. Exit code 0: done,
 * or up; 1: a step failed; 2: not like this or not on this system; 3: status, and not up.
 */
const USAGE = `Usage: npm run engine -- up [--images NAMES] | down | status [--json]

  --images NAMES  also make these available, separated by commas: ${Object.keys(IMAGE_GROUPS).join(', ')},
                  or single images: ${ON_REQUEST.flatMap(references).join(', ')}`;
const NOT_UP = 3;

/** @type {Record<string, (options: { json: boolean, images: string[] }) => Promise<number>>} */
const COMMANDS = { up, down, status };

/**
 * @param {{ images: string[] }} options
 */
async function up({ images }) {
  const record = await withProgress((steps) => engineUp({ steps, images }));
  const whose = record.private ? 'private' : 'found';
  const registry = record.registry ? `, registry on ${record.registry}` : '';
  console.error(`The Docker engine is up (${whose}, images: ${record.images}${registry}).`);
  console.log(`DOCKER_HOST=${record.dockerHost}`);
  return 0;
}

async function down() {
  const ended = await withProgress((steps) => engineDown({ steps }));
  const what = ended.map(({ name, pid }) => `${name} (pid ${pid})`).join(', ');
  console.log(what ? `Ended ${what}.` : 'Nothing of ours was running.');
  return 0;
}

/**
 * @param {{ json: boolean }} options
 */
async function status({ json }) {
  const found = await engineStatus();
  console.log(json ? JSON.stringify(found, null, 2) : describeStatus(found));
  return found.up ? 0 : NOT_UP;
}

/**
 * @template T
 * @param {(steps: import('./engine/steps.mjs').Steps) => Promise<T>} work
 * @returns {Promise<T>}
 */
async function withProgress(work) {
  if (!process.stderr.isTTY) return work(createSteps((line) => console.error(line)));
  const steps = createTerminalSteps(process.stderr);
  try {
    return await work(steps);
  } finally {
    steps.end();
  }
}

/**
 * @returns {(() => Promise<number>) | null} null when the arguments are not understood
 */
function parseCommand() {
  try {
    const { values, positionals } = parseArgs({
      options: { json: { type: 'boolean' }, images: { type: 'string' } },
      allowPositionals: true,
    });
    const [name = '', ...more] = positionals;
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    const { json = false, images } = values;
    if (!command || more.length > 0 || (json && name !== 'status')) return null;
    if (images !== undefined && name !== 'up') return null;
    return () => command({ json, images: images?.split(',').filter(Boolean) ?? [] });
  } catch {
    return null;
  }
}

const command = parseCommand();
if (command) {
  process.exitCode = await command().catch((error) => {
    if (!(error instanceof EngineSetupError)) throw error;
    console.error(`engine: ${error.message}`);
    return error.exitCode;
  });
} else {
  console.error(USAGE);
  process.exitCode = 2;
}
