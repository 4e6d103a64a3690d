/**
 * Other servers from npm that run programs in containers, where they are installed:
 *
 *     npm install --prefix FOLDER @0xshariq/docker-mcp-server mcp-server-docker
 *     SLIPWAY_BENCH_PEERS=FOLDER npm run bench
 *
 * None is a dependency of this project.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { alternate } from '../harness/alternate.mjs';
import { row } from '../harness/row.mjs';
import { SLIPWAY } from '../harness/scene.mjs';
import { oneWaits } from '../harness/waiting.mjs';
import { PYTHON } from './programs.mjs';

/**
 * @typedef {import('../harness/scene.mjs').Scene} Scene
 * @typedef {import('../harness/row.mjs').Table} Table
 * @typedef {import('../harness/alternate.mjs').Contestant & { name: string }} Way
 *
 * @typedef {object} Peer
 * @property {string} package
 * @property {string} file what Node.js is started with
 * @property {string} note how it runs a program
 * @property {(scene: Scene, image: string) => Promise<Prepared>} prepare
 *
 * @typedef {object} Prepared
 * @property {Record<string, string>} [environment]
 * @property {import('../harness/mcp-session.mjs').McpCall} call
 */

/** @type {readonly Peer[]} */
const PEERS = [
  {
    package: '@0xshariq/docker-mcp-server',
    file: 'dist/index.js',
    note: 'calls docker run for each call',
    // Its tool takes no command: the image has it.
    prepare: async (_scene, image) => ({
      call: { tool: 'docker-run', input: { imageName: image, rm: true, network: 'none' } },
    }),
  },
  {
    package: 'mcp-server-docker',
    file: 'dist/index.js',
    note: 'calls docker exec in one container that stays: each run sees what earlier ones left',
    prepare: async (scene, image) => {
      const args = ['run', '--detach', '--rm', '--init', '--network', 'none'];
      const id = (await scene.docker.call([...args, image, 'sleep', '3600'])).trim();
      const environment = { ALLOWED_CONTAINERS: `bench:${id}`, DEFAULT_SERVICE: 'bench' };
      const command = `python3 -c 'print(1)'`;
      return { environment, call: { tool: 'run_command', input: { command } } };
    },
  },
];

/**
 * @param {Scene} scene
 * @returns {Promise<Table[]>}
 */
export async function peers(scene) {
  const { installed, missing } = installedPeers(process.env['SLIPWAY_BENCH_PEERS']);
  if (installed.length === 0) {
    console.log(
      '  No peers: SLIPWAY_BENCH_PEERS names no folder that has one (bench/suites/peers.mjs).',
    );
    return [];
  }
  const ways = [await ourselves(scene)];
  for (const peer of installed) ways.push(await wayOf(scene, peer));
  const image = await scene.image(PYTHON.image, 'docker');
  const run = () => scene.docker.runOnce(image, PYTHON.command);
  const all = [{ id: 'docker-run', name: 'docker run', run }, ...ways];
  const times = await alternate(all, scene.scale.rounds);
  const base = times['docker-run'] ?? [];
  return [
    {
      id: 'peers',
      title: `Servers on stdio, ${PYTHON.title}`,
      base: 'docker run',
      rows: all.map(({ id, name }) =>
        row({ id, name, unit: 'ms', samples: times[id] ?? [], base }),
      ),
      notes: [
        ...installed.map((peer) => `${peer.package} ${peer.note}.`),
        ...missing.map((name) => `${name} is not installed.`),
      ],
    },
  ];
}

/**
 * @param {string | undefined} folder
 * @returns {{ installed: readonly (Peer & { path: string })[], missing: readonly string[] }}
 */
function installedPeers(folder) {
  const all = PEERS.map((peer) => {
    const path = join(folder ?? '', 'node_modules', peer.package, peer.file);
    return { ...peer, path };
  });
  const isThere = (/** @type {{ path: string }} */ { path }) =>
    folder !== undefined && existsSync(path);
  return {
    installed: all.filter(isThere),
    missing: all.filter((peer) => !isThere(peer)).map((peer) => peer.package),
  };
}

/**
 * @param {Scene} scene
 * @returns {Promise<Way>}
 */
async function ourselves(scene) {
  const image = await scene.image(PYTHON.image, 'peers');
  const session = await scene.mcp([SLIPWAY, 'mcp']);
  const input = { image, command: PYTHON.command };
  const run = async () => {
    expectOne((await session.call({ tool: 'execute_docker_container', input })).text);
  };
  await run();
  const calm = () => oneWaits(scene.endpoint, scene.laneOf(image));
  return { id: 'slipway', name: 'slipway mcp', run, calm };
}

/**
 * @param {Scene} scene
 * @param {Peer & { path: string }} peer
 * @returns {Promise<Way>}
 */
async function wayOf(scene, peer) {
  const image = await scene.image(PYTHON.image, 'other', PYTHON.command);
  const { call, environment } = await peer.prepare(scene, image);
  const session = await scene.mcp([peer.path], environment);
  const run = async () => expectOne((await session.call(call)).text);
  return { id: peer.package, name: peer.package, run };
}

/** @param {string} text of a result */
function expectOne(text) {
  if (!/\b1\b/.test(text)) throw new Error(`no 1 was printed: ${text.slice(0, 500)}`);
}
