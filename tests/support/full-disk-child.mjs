/**
 * A program whose folder for temporary files is a small disk of its own. Again and again it leaves
 * so much room there, builds from a repository that needs more, and writes what it was told and
 * what is left in the folder, as a line of JSON. Then once with room for no more files, and once with
 * room enough.
 */
import { mkdir, open, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDockerExecutor, isSlipwayError } from 'slipway';

/**
 * @typedef {object} Job
 * @property {string} repositoryUrl
 * @property {string} host
 * @property {number[]} rooms bytes that are left free, one call each
 */

const FILLER = join(tmpdir(), 'filler');
const BLOCK = 4096;

/**
 * @param {unknown} value
 * @returns {value is Job}
 */
const isJob = (value) => typeof value === 'object' && value !== null && 'rooms' in value;

/** @type {unknown} */
const job = JSON.parse(process.argv[2] ?? '{}');
if (!isJob(job)) throw new TypeError('the first argument is no job');
const { repositoryUrl, host, rooms } = job;
const executor = createDockerExecutor({ policy: { repositories: { hosts: [host] } } });

for (const room of rooms) {
  await leave(room);
  await report();
}
await rm(FILLER);
await crowd();
await report();
await rm(FILLER, { recursive: true });
await report();
await executor.close();

/** @param {number} room */
async function leave(room) {
  const file = await open(FILLER, 'w');
  try {
    while ((await file.write(Buffer.alloc(BLOCK))).bytesWritten === BLOCK);
  } catch {
    // Full.
  }
  const { size } = await file.stat();
  await file.truncate(Math.max(size - room, 0));
  await file.close();
}

/** A disk has room for so many files and folders, whatever their size. */
async function crowd() {
  await mkdir(FILLER);
  try {
    for (let i = 0; ; i += 1) await writeFile(join(FILLER, String(i)), '');
  } catch {
    // Full.
  }
}

async function report() {
  const began = performance.now();
  const told = await executor.buildAndExecuteGitHubRepo({ repositoryUrl }).then(
    ({ status }) => ({ told: status, where: null }),
    (/** @type {unknown} */ error) => ({
      told: isSlipwayError(error) ? error.code : String(error),
      where: isSlipwayError(error, 'DISK_FULL') ? error.context.where : null,
    }),
  );
  const left = (await readdir(tmpdir())).filter((name) => name !== 'filler');
  const ms = Math.round(performance.now() - began);
  process.stdout.write(`${JSON.stringify({ ...told, left, ms })}\n`);
}
