/** Runs a second, for as long as it goes on: whatever is made ahead of time is made meanwhile. */
import { timed } from '../harness/alternate.mjs';
import { row } from '../harness/row.mjs';
import { check, expectOutput, PYTHON } from './programs.mjs';

/**
 * @typedef {import('../harness/scene.mjs').Scene} Scene
 * @typedef {import('../harness/row.mjs').Table} Table
 */

const CONCURRENCY = [1, 2, 4, 8];

/**
 * @param {Scene} scene
 * @returns {Promise<Table[]>}
 */
export async function throughput(scene) {
  /** @type {Table[]} */
  const tables = [];
  for (const workers of CONCURRENCY) tables.push(await atOnce(scene, workers));
  return tables;
}

/**
 * @param {Scene} scene
 * @param {number} workers
 * @returns {Promise<Table>}
 */
async function atOnce(scene, workers) {
  const { fewRounds, inARow } = scene.scale;
  const image = await scene.image(PYTHON.image, 'library');
  const config = { image, command: PYTHON.command };
  const policy = { load: { concurrency: workers } };
  const cold = scene.executor({ policy });
  const parked = scene.executor({ policy, warm: { containers: 2 * workers } });
  /** @type {Record<string, () => Promise<void>>} */
  const ways = {
    'docker run': async () =>
      expectOutput(await scene.docker.runOnce(image, PYTHON.command), PYTHON),
    cold: async () => check(await cold.executeContainer(config), PYTHON),
    parked: async () => check(await parked.executeContainer(config), PYTHON),
  };
  /** @type {Record<string, number[]>} */
  const rates = {};
  for (let round = 0; round < fewRounds; round += 1) {
    for (const [name, run] of Object.entries(ways)) {
      if (name === 'parked') await parked.park(config, 2 * workers);
      await parked.settled();
      const rate = await runsPerSecond(workers, inARow, run);
      rates[name] = [...(rates[name] ?? []), rate];
    }
  }
  await Promise.all([cold.close(), parked.close()]);
  const base = rates['docker run'] ?? [];
  return {
    id: `throughput-${workers}`,
    title: `${workers} at a time, without a pause, ${PYTHON.title}`,
    base: 'docker run',
    rows: Object.entries(rates).map(([name, samples]) =>
      row({ id: name.replace(' ', '-'), name, unit: 'runs/s', samples, base }),
    ),
    notes: [`${inARow * workers} runs a round; ${2 * workers} containers wait when parked begins.`],
  };
}

/**
 * @param {number} workers
 * @param {number} count runs of each
 * @param {() => Promise<void>} run
 * @returns {Promise<number>}
 */
async function runsPerSecond(workers, count, run) {
  const worker = async () => {
    for (let index = 0; index < count; index += 1) await run();
  };
  const ms = await timed(() => Promise.all(Array.from({ length: workers }, worker)));
  return (1000 * count * workers) / ms;
}
