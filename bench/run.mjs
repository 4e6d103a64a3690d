/**
 * `npm run bench`: what Slipway costs, beside the engine's own client, in one run on one machine.
 *
 * Ways to do the same are measured in turn, so that whatever else the machine does falls on all;
 * ratios are what counts. Prints tables and writes `results.json` and `bench.svg`; a whole run
 * writes `docs/bench.svg` and `docs/benchmarks.md` too. On the engine that the tests use; removes all that it makes, also
 * after Ctrl-C.
 *
 *     --quick         few rounds: shows that everything works
 *     --only NAMES    some of calls, peers, idle, start, output, throughput, burst, build
 *     --rounds N      of single calls, 20 unless given
 *     --out FOLDER    for the results, .bench unless given
 *     --no-build      measures dist as it is
 */
import { fileURLToPath } from 'node:url';
import { build as compile, install, requireNode } from '../scripts/support/project.mjs';
import { benchOptions } from './harness/options.mjs';
import { tableText } from './report/text.mjs';

const PAGES = fileURLToPath(new URL('../docs', import.meta.url));

/**
 * @typedef {import('./harness/scene.mjs').Scene} Scene
 * @typedef {import('./harness/row.mjs').Table} Table
 */

/**
 * In this order: what is of most interest first, what uses the machine most last.
 *
 * @type {Readonly<Record<string, (scene: Scene) => Promise<Table[]>>>}
 */
const SUITES = {
  calls: async (scene) => (await import('./suites/calls.mjs')).calls(scene),
  peers: async (scene) => (await import('./suites/peers.mjs')).peers(scene),
  idle: async (scene) => (await import('./suites/idle.mjs')).idle(scene),
  start: async (scene) => (await import('./suites/start.mjs')).start(scene),
  output: async (scene) => (await import('./suites/output.mjs')).output(scene),
  throughput: async (scene) => (await import('./suites/throughput.mjs')).throughput(scene),
  burst: async (scene) => (await import('./suites/burst.mjs')).burst(scene),
  build: async (scene) => (await import('./suites/build.mjs')).build(scene),
};

requireNode();
const options = benchOptions(process.argv.slice(2), Object.keys(SUITES));
await install();
if (options.build) await compile();
// What is measured is loaded after it was built.
const { Scene: Stage } = await import('./harness/scene.mjs');
const { report } = await import('./report/report.mjs');
const scene = await Stage.open(options.scale);
const onSignal = () => void interrupted();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, onSignal);
try {
  const tables = await measure();
  await scene.close();
  const pages = options.quick || options.only.length > 0 ? undefined : PAGES;
  await report({ tables, options, scene, pages });
} finally {
  await scene.close();
}

/** @returns {Promise<Table[]>} */
async function measure() {
  /** @type {Table[]} */
  const tables = [];
  for (const [name, suite] of Object.entries(SUITES)) {
    if (options.only.length > 0 && !options.only.includes(name)) continue;
    console.log(`> ${name}`);
    const made = await suite(scene);
    for (const table of made) console.log(tableText(table));
    tables.push(...made);
  }
  return tables;
}

/** What is under way fails meanwhile, and nobody wants to hear of it. */
async function interrupted() {
  console.error('Interrupted: removing what was made.');
  await scene.close();
  process.exit(130);
}
