/**
 * `node bench/cold-start.mjs [ROUNDS]`: the time from the start of the process to the first
 * `tools/list` answer, as a client sees it, against an empty server on the same SDK.
 *
 * The two are started in turn, so that whatever else the machine does falls on both. Prints
 * medians, 95th percentiles and the ratio of the medians; fails when it is above 1.5. Needs
 * `npm run build`, and no engine.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseJson } from '../scripts/engine/json.mjs';

const ROUNDS = 20;
const MAX_RATIO = 1.5;

const OURS = [fileURLToPath(new URL('../dist/bin/slipway.js', import.meta.url)), 'mcp'];
const EMPTY = [fileURLToPath(new URL('empty-server.mjs', import.meta.url))];

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const times = await measureColdStart({ rounds: Number(process.argv[2] ?? ROUNDS) });
  const ratio = quantile(times.ours, 0.5) / quantile(times.empty, 0.5);
  console.log(line('slipway mcp', times.ours));
  console.log(line('empty server', times.empty));
  console.log(`ratio of the medians: ${ratio.toFixed(2)} (at most ${MAX_RATIO})`);
  process.exitCode = ratio <= MAX_RATIO ? 0 : 1;
}

/**
 * @param {{ rounds: number }} options how often each server is started
 * @returns {Promise<{ ours: number[], empty: number[] }>} milliseconds of each start, in order
 */
export async function measureColdStart({ rounds }) {
  /** @type {{ ours: number[], empty: number[] }} */
  const times = { ours: [], empty: [] };
  // The first start reads the files from the disk, and tells nothing of the program.
  await coldStart(OURS);
  await coldStart(EMPTY);
  for (let round = 0; round < rounds; round += 1) {
    times.ours.push(await coldStart(OURS));
    times.empty.push(await coldStart(EMPTY));
  }
  return times;
}

/**
 * @param {readonly string[]} args of Node.js
 * @returns {Promise<number>} milliseconds
 */
async function coldStart(args) {
  const began = performance.now();
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  const exited = new Promise((resolve) => {
    child.on('exit', resolve);
  });
  try {
    /** @param {Record<string, unknown>} message */
    const send = (message) =>
      child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
    send({
      id: 'initialize',
      method: 'initialize',
      params: {
        protocolVersion: '2025-11-25',
        capabilities: {},
        clientInfo: { name: 'cold-start', version: '1.0.0' },
      },
    });
    for await (const answer of createInterface({ input: child.stdout })) {
      if (answered(answer) === 'tools/list') return performance.now() - began;
      send({ method: 'notifications/initialized' });
      send({ id: 'tools/list', method: 'tools/list' });
    }
    throw new Error(`${args.join(' ')} ended without an answer: build it with npm run build`);
  } finally {
    child.stdin.end();
    await exited;
  }
}

/**
 * @param {string} text
 * @returns {unknown} the id of the request that was answered
 */
function answered(text) {
  const message = parseJson(text);
  const isObject = typeof message === 'object' && message !== null;
  if (!isObject || !Reflect.has(message, 'result')) throw new Error(`unexpected answer: ${text}`);
  return Reflect.get(message, 'id');
}

/**
 * @param {string} name
 * @param {readonly number[]} times
 */
function line(name, times) {
  const [median, p95] = [quantile(times, 0.5), quantile(times, 0.95)];
  return `${name.padEnd(14)} median ${median.toFixed(0)} ms, p95 ${p95.toFixed(0)} ms, ${times.length} starts`;
}

/**
 * @param {readonly number[]} values
 * @param {number} share
 * @returns {number}
 */
function quantile(values, share) {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
