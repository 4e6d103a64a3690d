/**
 * `npm run bench:load`: many calls, a tenth of them hostile, then one that writes 1 GiB.
 *
 * Prints what Slipway promises under load: every call answered, every known answer right, never
 * more containers alive than permitted, nothing left, bounded memory; and the time for 1 GiB of
 * output against the engine's own client, when there is one. Fails when a promise is broken.
 *
 * CALLS=200 npm run bench:load   takes fewer calls
 */
import { randomBytes } from 'node:crypto';
import { createDockerExecutor } from 'slipway';
import { call, text } from '../scripts/engine/engine-api.mjs';
import { engineUp } from '../scripts/engine/index.mjs';
import { parseJson } from '../scripts/engine/json.mjs';
import { DockerClient } from './harness/docker-client.mjs';
import { median } from './harness/statistics.mjs';
import { clientOutput, ourOutput } from './suites/output.mjs';

const CALLS = Number(process.env['CALLS'] ?? 1000);
const CONCURRENCY = 4;
const IN_FLIGHT = 40;
const IMAGE = 'busybox:1.36';
const GIB = 1024 ** 3;
const MIB = 1024 ** 2;
const SAMPLE_MS = 100;
/** One after the other, ours and the client's in turn: the machine's other work meets both. */
const OUTPUT_ROUNDS = 3;

/** @typedef {{ config: import('slipway').DockerExecutionConfig, right: (result: import('slipway').DockerExecutionResult) => boolean }} Task */

/** @type {readonly ((mark: Record<string, string>) => Task)[]} */
const HOSTILE = [
  (labels) => ({
    config: {
      image: IMAGE,
      command: ['sh', '-c', 'bomb() { bomb | bomb & }; bomb; sleep 1'],
      pids: 16,
      timeoutMs: 3000,
      labels,
    },
    right: (result) => result.status === 'exited' || result.status === 'timed_out',
  }),
  (labels) => ({
    config: { image: IMAGE, command: 'tail /dev/zero', memoryBytes: '16m', labels },
    right: (result) => result.status === 'out_of_memory',
  }),
  (labels) => ({
    config: { image: IMAGE, command: 'head -c 20000000 /dev/zero', labels },
    right: (result) => result.counts.stdout.bytes === 20_000_000 && result.exitCode === 0,
  }),
  (labels) => ({
    config: {
      image: IMAGE,
      command: ['sh', '-c', 'trap "" TERM; while :; do sleep 1; done'],
      timeoutMs: 1000,
      labels,
    },
    right: (result) => result.status === 'timed_out',
  }),
  (labels) => ({
    config: { image: IMAGE, command: ['sh', '-c', 'kill -SEGV $$'], labels },
    right: (result) => result.exitCode === 139 && result.signal === 'SIGSEGV',
  }),
];

const engine = await engineUp({ log: console.log });
const endpoint = { dockerHost: engine.dockerHost };
const mark = randomBytes(8).toString('hex');
const executor = createDockerExecutor({ dockerHost: engine.dockerHost });
/** @type {string[]} */
const broken = [];
promise('the calls', await manyCalls());
promise('1 GiB of output', await muchOutput());
await executor.close();
for (const line of broken) console.log(`BROKEN: ${line}`);
process.exitCode = broken.length === 0 ? 0 : 1;

/**
 * @param {string} what
 * @param {readonly (readonly [string, string, boolean])[]} rows
 */
function promise(what, rows) {
  console.log(`\n${what}`);
  for (const [name, value, holds] of rows) {
    console.log(`  ${name.padEnd(44)} ${value}${holds ? '' : '   <-- broken'}`);
    if (!holds) broken.push(`${what}: ${name} is ${value}`);
  }
}

/** @returns {Promise<(readonly [string, string, boolean])[]>} */
async function manyCalls() {
  await runOne(0);
  const sampler = startSampler();
  const before = process.memoryUsage().rss;
  const began = performance.now();
  let next = 0;
  let answered = 0;
  let wrong = 0;
  const worker = async () => {
    while (next < CALLS) {
      next += 1;
      if (!(await runOne(next))) wrong += 1;
      answered += 1;
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  const seconds = (performance.now() - began) / 1000;
  const grown = process.memoryUsage().rss - before;
  const most = await sampler.stop();
  const left = await aliveCount(true);
  return [
    ['calls answered', `${answered} of ${CALLS}`, answered === CALLS],
    ['wrong verdicts', String(wrong), wrong === 0],
    ['most containers alive at a sample', `${most} (at most ${CONCURRENCY})`, most <= CONCURRENCY],
    ['containers left', String(left), left === 0],
    ['our memory grew by', `${(grown / MIB).toFixed(0)} MiB (less than 64)`, grown < 64 * MIB],
    ['calls a second', (CALLS / seconds).toFixed(1), true],
  ];
}

/** @param {number} index */
async function runOne(index) {
  const labels = { 'slipway.bench': mark };
  const hostile = HOSTILE[Math.floor(index / 10) % HOSTILE.length];
  const task =
    index % 10 === 9 && hostile !== undefined ? hostile(labels) : ordinary(index, labels);
  const result = await executor.executeContainer(task.config);
  const right = task.right(result) && result.cleanup === 'removed';
  const told = `${JSON.stringify(task.config.command)} -> ${result.status} ${result.exitCode}`;
  if (!right) console.log(`wrong: ${told}`);
  return right;
}

/**
 * @param {number} index
 * @param {Record<string, string>} labels
 * @returns {Task}
 */
function ordinary(index, labels) {
  const exitCode = index % 7;
  return {
    config: {
      image: IMAGE,
      command: `echo answer ${index}; echo other >&2; exit ${exitCode}`,
      labels,
    },
    right: (result) =>
      result.stdout === `answer ${index}\n` &&
      result.stderr === 'other\n' &&
      result.exitCode === exitCode,
  };
}

function startSampler() {
  let most = 0;
  let sampling = Promise.resolve();
  const timer = setInterval(() => {
    sampling = sampling.then(async () => {
      most = Math.max(most, await aliveCount(false));
    });
  }, SAMPLE_MS);
  return {
    async stop() {
      clearInterval(timer);
      await sampling;
      return most;
    },
  };
}

/** @param {boolean} all also those that are not running */
async function aliveCount(all) {
  const filters = JSON.stringify({ label: [`slipway.bench=${mark}`] });
  const response = await call(endpoint, 'GET', '/containers/json', {
    query: { all: String(all), filters },
  });
  const list = parseJson(await text(response));
  return Array.isArray(list) ? list.length : 0;
}

/** @returns {Promise<(readonly [string, string, boolean])[]>} */
async function muchOutput() {
  const run = { image: IMAGE, bytes: GIB, labels: { 'slipway.bench': mark } };
  const docker = await DockerClient.find(endpoint).catch(() => undefined);
  /** @type {{ ours: number[], client: number[], kept: number[] }} */
  const all = { ours: [], client: [], kept: [] };
  for (let round = 0; round < OUTPUT_ROUNDS; round += 1) {
    const { seconds, kept } = await ourOutput(executor, run);
    all.ours.push(seconds);
    all.kept.push(kept);
    if (docker !== undefined) all.client.push(await clientOutput(docker, run));
  }
  const seconds = median(all.ours);
  const kept = Math.max(...all.kept);
  /** @type {(readonly [string, string, boolean])[]} */
  const rows = [
    ['bytes counted, each time', String(GIB), true],
    ['our memory grew by', `${(kept / MIB).toFixed(0)} MiB (less than 64)`, kept < 64 * MIB],
    [`seconds, median of ${OUTPUT_ROUNDS}`, seconds.toFixed(1), true],
  ];
  if (docker === undefined) {
    return [...rows, ["the engine's own client", 'not on this machine', true]];
  }
  const client = median(all.client);
  const ratio = seconds / client;
  return [
    ...rows,
    ["the engine's own client, seconds", client.toFixed(1), true],
    ['ratio', `${ratio.toFixed(2)} (at most 1.25)`, ratio <= 1.25],
  ];
}
