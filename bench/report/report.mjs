/** Writes what was measured. */
import { cpus, totalmem } from 'node:os';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chart } from './chart.mjs';
import { chartContent } from './chart-content.mjs';
import { tablesPage } from './text.mjs';

/**
 * @typedef {object} Measured
 * @property {readonly import('../harness/row.mjs').Table[]} tables
 * @property {import('../harness/options.mjs').BenchOptions} options
 * @property {Pick<import('../harness/scene.mjs').Scene, 'engine' | 'docker'>} scene
 * @property {string | undefined} pages a folder that gets the chart and a page of the tables, too
 */

/**
 * `results.json` and `bench.svg` in the folder for results, and the chart where else it is wanted.
 *
 * @param {Measured} measured
 */
export async function report({ tables, options, scene, pages }) {
  const machine = {
    cpus: cpus().length,
    cpu: cpus()[0]?.model ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    system: `${process.platform} ${process.arch}`,
  };
  const versions = {
    engine: scene.engine,
    dockerClient: scene.docker.version,
    node: process.versions.node,
  };
  const date = new Date().toISOString();
  const { quick, scale } = options;
  await mkdir(options.out, { recursive: true });
  const results = { date, quick, scale, machine, versions, tables };
  await write(join(options.out, 'results.json'), `${JSON.stringify(results, null, 1)}\n`);
  const where = `Docker ${versions.engine}, ${machine.cpus} cores, Node.js ${versions.node}, ${date.slice(0, 10)}`;
  if (pages !== undefined) await write(join(pages, 'benchmarks.md'), tablesPage(tables, where));
  const content = chartContent(tables, `${where}; npm run bench`);
  if (content === undefined) return;
  for (const folder of [options.out, ...(pages === undefined ? [] : [pages])]) {
    await write(join(folder, 'bench.svg'), chart(content));
  }
}

/**
 * @param {string} file
 * @param {string} text
 */
async function write(file, text) {
  await writeFile(file, text);
  console.log(`Wrote ${file}`);
}
