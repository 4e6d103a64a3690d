/** One run that writes much: how fast it is read, and what memory that takes. */
import { timed } from '../harness/alternate.mjs';
import { row } from '../harness/row.mjs';

/**
 * @typedef {import('../harness/scene.mjs').Scene} Scene
 * @typedef {import('../harness/row.mjs').Table} Table
 * @typedef {Pick<import('../harness/docker-client.mjs').DockerClient, 'call'>} Docker
 */

const MIB = 1024 ** 2;
const LOOK_MS = 20;

/** The log of the container as Slipway has it, so that the engine has the same work with both. */
const LOG = ['--log-driver', 'local', '--log-opt', 'max-size=8m', '--log-opt', 'max-file=2'];
const UNCOMPRESSED = ['--log-opt', 'compress=false'];

/**
 * @param {Scene} scene
 * @returns {Promise<Table[]>}
 */
export async function output(scene) {
  const { outputBytes: bytes, fewRounds } = scene.scale;
  const image = await scene.image('busybox:1.36', 'library');
  const executor = scene.executor();
  await ourOutput(executor, { image, bytes: MIB });
  /** @type {{ ours: number[], client: number[], grown: number[] }} */
  const all = { ours: [], client: [], grown: [] };
  for (let round = 0; round < fewRounds; round += 1) {
    all.client.push(rate(bytes, await clientOutput(scene.docker, { image, bytes })));
    const { seconds, grown } = await ourOutput(executor, { image, bytes });
    all.ours.push(rate(bytes, seconds));
    all.grown.push(grown / MIB);
  }
  await executor.close();
  const { client: base, ours, grown } = all;
  return [
    {
      id: 'output',
      title: `${bytes / MIB} MiB of output`,
      base: 'docker run',
      rows: [
        row({ id: 'docker-run', name: 'docker run', unit: 'MiB/s', samples: base, base }),
        row({
          id: 'cold',
          name: 'cold',
          unit: 'MiB/s',
          samples: ours,
          base,
          goal: { atLeast: 0.8 },
        }),
        row({
          id: 'memory',
          name: 'growth of our memory, at the highest',
          unit: 'MiB',
          samples: grown,
          goal: { atMost: 50 },
        }),
      ],
      notes: ['Every byte is read and counted.'],
    },
  ];
}

/**
 * @param {import('slipway').DockerExecutor} executor
 * @param {{ image: string, bytes: number, labels?: Record<string, string> }} run
 * @returns {Promise<{ seconds: number, grown: number, kept: number }>} bytes that the process grew
 *   by, at the highest and in the end
 */
export async function ourOutput(executor, { image, bytes, labels = {} }) {
  const before = process.memoryUsage.rss();
  let highest = before;
  const timer = setInterval(() => {
    highest = Math.max(highest, process.memoryUsage.rss());
  }, LOOK_MS);
  const ms = await timed(async () => {
    const result = await executor.executeContainer({ image, command: writing(bytes), labels });
    const counted = result.counts.stdout.bytes;
    if (counted !== bytes) throw new Error(`counted ${counted} of ${bytes} bytes`);
  }).finally(() => clearInterval(timer));
  const after = process.memoryUsage.rss();
  return { seconds: ms / 1000, grown: Math.max(highest, after) - before, kept: after - before };
}

/**
 * @param {Docker} docker
 * @param {{ image: string, bytes: number }} run
 * @returns {Promise<number>} seconds
 */
export async function clientOutput(docker, { image, bytes }) {
  let counted = 0;
  const options = ['run', '--rm', '--network', 'none', ...LOG, ...UNCOMPRESSED];
  const ms = await timed(() =>
    docker.call([...options, image, 'sh', '-c', writing(bytes)], {
      onOutput: (chunk) => (counted += chunk.length),
    }),
  );
  if (counted !== bytes) throw new Error(`the docker client gave ${counted} of ${bytes} bytes`);
  return ms / 1000;
}

/** @param {number} bytes */
function writing(bytes) {
  return `head -c ${bytes} /dev/zero`;
}

/**
 * @param {number} bytes
 * @param {number} seconds
 */
function rate(bytes, seconds) {
  return bytes / MIB / seconds;
}
