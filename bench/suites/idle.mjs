/** What a container takes while it waits. */
import { readFile } from 'node:fs/promises';
import { valueAt } from '../../scripts/engine/json.mjs';
import { containerFacts, containersWith, numberAt } from '../harness/engine-view.mjs';
import { row } from '../harness/row.mjs';
import { TRUE, PYTHON } from './programs.mjs';

/**
 * @typedef {import('../harness/scene.mjs').Scene} Scene
 * @typedef {import('../harness/row.mjs').Table} Table
 * @typedef {import('../harness/row.mjs').Row} Row
 */

const WAITING = 5;
const MIB = 1024 ** 2;

/**
 * @param {Scene} scene
 * @returns {Promise<Table[]>}
 */
export async function idle(scene) {
  /** @type {Row[]} */
  const rows = [];
  for (const program of [TRUE, PYTHON]) rows.push(...(await rowsOf(scene, program)));
  const notes = [
    'The container: its control group, as the engine reports it. The shim: the process of the engine that stands beside each container, proportional (PSS) and whole (RSS); shown where the engine is on this machine.',
  ];
  return [{ id: 'idle', title: 'One container that waits', base: null, rows, notes }];
}

/**
 * @param {Scene} scene
 * @param {import('./programs.mjs').Program} program
 * @returns {Promise<Row[]>}
 */
async function rowsOf(scene, program) {
  const image = await scene.image(program.image, 'idle');
  const executor = scene.executor({ warm: { containers: WAITING } });
  await executor.park({ image }, WAITING);
  await executor.settled();
  /** @type {Record<string, number[]>} */
  const sizes = {};
  for (const { id } of await containersWith(scene.endpoint, scene.laneOf(image))) {
    for (const [name, bytes] of Object.entries(await sizesOf(scene, id))) {
      sizes[name] = [...(sizes[name] ?? []), bytes / MIB];
    }
  }
  await executor.close();
  return Object.entries(sizes).map(([name, samples]) =>
    row({
      id: `${program.id}-${name}`,
      name: `${program.image}: ${name}`,
      unit: 'MiB',
      samples,
    }),
  );
}

/**
 * @param {Scene} scene
 * @param {string} id of a container
 * @returns {Promise<Record<string, number>>} bytes
 */
async function sizesOf({ endpoint }, id) {
  const container = numberAt(await containerFacts(endpoint, id, 'stats'), 'memory_stats', 'usage');
  const pid = valueAt(await containerFacts(endpoint, id, 'json'), 'State', 'Pid');
  const shim = typeof pid === 'number' ? await shimOf(pid, id) : undefined;
  return shim === undefined ? { container } : { container, ...shim };
}

/**
 * @param {number} pid of the first process of the container, as the engine numbers it
 * @param {string} id of the container
 * @returns {Promise<Record<string, number> | undefined>} undefined where the engine's processes cannot be seen
 */
async function shimOf(pid, id) {
  try {
    const parent = /^PPid:\s+(\d+)$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
    const command = await readFile(`/proc/${parent}/cmdline`, 'utf8');
    // Elsewhere the number may be that of any process.
    if (!command.includes('shim') || !command.includes(id)) return undefined;
    const memory = await readFile(`/proc/${parent}/smaps_rollup`, 'utf8');
    return { 'shim, PSS': kibibytes(memory, 'Pss'), 'shim, RSS': kibibytes(memory, 'Rss') };
  } catch {
    return undefined;
  }
}

/**
 * @param {string} memory
 * @param {string} name
 * @returns {number} bytes
 */
function kibibytes(memory, name) {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(memory)?.[1];
  return Number(found) * 1024;
}
