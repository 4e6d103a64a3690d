/** Single calls: the engine's client, cold, parked in several ways, and through MCP. */
import { valueAt } from '../../scripts/engine/json.mjs';
import { alternate } from '../harness/alternate.mjs';
import { row } from '../harness/row.mjs';
import { SLIPWAY } from '../harness/scene.mjs';
import { median } from '../harness/statistics.mjs';
import { oneWaits } from '../harness/waiting.mjs';
import { check, expectOutput, PYTHON, TRUE } from './programs.mjs';

/**
 * @typedef {import('../harness/scene.mjs').Scene} Scene
 * @typedef {import('../harness/row.mjs').Table} Table
 * @typedef {import('../harness/row.mjs').Goal} Goal
 * @typedef {import('./programs.mjs').Program} Program
 * @typedef {import('../harness/alternate.mjs').Contestant & { name: string, goal?: Goal }} Way
 */

/** Runs of one after the other, to see what a refill beside them costs. */
const SERIES = 8;
const MIB = 1024 ** 2;

const NOTES = [
  'docker run is docker run --rm --network none: Slipway gives no network either.',
  'Each begins after a pause in which nothing goes on.',
  'another limit each time: the engine changes the limits of the container that waits, before the program starts.',
  'parked: one container waits, and nothing is made or removed in the background when a call begins; back to back: eight calls without a pause, on the defaults of warm, where the containers of later calls are made beside the calls.',
  'cold, and docker run, have removed the container when they return; parked removes it afterwards.',
];

/**
 * @param {Scene} scene
 * @returns {Promise<Table[]>}
 */
export async function calls(scene) {
  return [await tableOf(scene, TRUE, []), await tableOf(scene, PYTHON, [payload])];
}

/**
 * @param {Scene} scene
 * @param {Program} program
 * @param {((scene: Scene, program: Program) => Promise<Way>)[]} more
 * @returns {Promise<Table>}
 */
async function tableOf(scene, program, more) {
  const makers = [dockerRun, cold, parked, backToBack, strict, memory, otherMemory, ...more];
  /** @type {Way[]} */
  const ways = [];
  for (const make of makers) ways.push(await make(scene, program));
  const server = await overMcp(scene, program);
  ways.push(server.way);
  const times = await alternate(ways, scene.scale.rounds);
  const base = times['docker-run'] ?? [];
  const rows = ways.map(({ id, name, goal }) =>
    row({
      id,
      name,
      unit: 'ms',
      samples: times[id] ?? [],
      base,
      ...(goal === undefined ? {} : { goal }),
    }),
  );
  const between = overhead(times);
  const late =
    server.late() === 0
      ? []
      : [
          `Looked for the container that waits behind MCP, and found none, ${server.late()} times: those calls were cold.`,
        ];
  const notes = [...NOTES, ...late];
  return {
    id: `calls-${program.id}`,
    title: program.title,
    base: 'docker run',
    rows: [...rows, between],
    notes,
  };
}

/** @param {Record<string, number[]>} times */
function overhead(times) {
  const difference = median(times['mcp'] ?? []) - median(times['parked'] ?? []);
  const n = times['mcp']?.length ?? 0;
  const name = 'MCP over the library, of the medians';
  return {
    ...row({ id: 'mcp-overhead', name, unit: 'ms', samples: [difference], goal: { atMost: 5 } }),
    n,
  };
}

/**
 * @param {Scene} scene
 * @param {Program} program
 * @returns {Promise<Way>}
 */
async function dockerRun(scene, program) {
  const image = await scene.image(program.image, 'docker');
  const run = async () => expectOutput(await scene.docker.runOnce(image, program.command), program);
  return { id: 'docker-run', name: 'docker run', run };
}

/**
 * @param {Scene} scene
 * @param {Program} program
 * @returns {Promise<Way>}
 */
async function cold(scene, program) {
  const config = await configOf(scene, program);
  const executor = scene.executor();
  const run = async () => check(await executor.executeContainer(config), program, 'cold');
  return { id: 'cold', name: 'cold', run, goal: { atMost: 1 } };
}

/**
 * @param {Scene} scene
 * @param {Program} program
 * @returns {Promise<Way>}
 */
async function parked(scene, program) {
  const way = await parkedWay(scene, program, {});
  return { ...way, id: 'parked', name: 'parked', goal: { atMost: 0.1 } };
}

/**
 * @param {Scene} scene
 * @param {Program} program
 * @returns {Promise<Way>}
 */
async function backToBack(scene, program) {
  const config = await configOf(scene, program);
  const executor = scene.executor({ warm: true });
  const run = async () => check(await executor.executeContainer(config), program);
  const calm = () => executor.settled();
  return { id: 'back-to-back', name: 'parked, back to back', run, calm, series: SERIES };
}

/**
 * @param {Scene} scene
 * @param {Program} program
 * @returns {Promise<Way>}
 */
async function strict(scene, program) {
  const way = await parkedWay(scene, program, { policy: 'strict' });
  return { ...way, id: 'strict', name: 'parked, policy strict', goal: { atMost: 0.1 } };
}

/**
 * @param {Scene} scene
 * @param {Program} program
 * @returns {Promise<Way>}
 */
async function memory(scene, program) {
  const way = await parkedWay(scene, program, {}, { memoryBytes: '256m' });
  return { ...way, id: 'memory', name: 'parked, 256 MiB of memory', goal: { atMost: 0.1 } };
}

/**
 * One that waits gets limits that it was not made with.
 *
 * @param {Scene} scene
 * @param {Program} program
 * @returns {Promise<Way>}
 */
async function otherMemory(scene, program) {
  const config = await configOf(scene, program);
  const executor = scene.executor({ warm: { containers: 2 } });
  await executor.park(config);
  let calls_ = 0;
  const run = async () => {
    calls_ += 1;
    const memoryBytes = (256 + calls_) * MIB;
    check(await executor.executeContainer({ ...config, memoryBytes }), program, 'parked');
  };
  return {
    id: 'other-memory',
    name: 'parked, another limit each time',
    run,
    calm: () => executor.settled(),
  };
}

/**
 * @param {Scene} scene
 * @param {Program} program
 * @param {Parameters<Scene['executor']>[0]} options
 * @param {Partial<import('slipway').DockerExecutionConfig>} [limits]
 * @returns {Promise<import('../harness/alternate.mjs').Contestant>}
 */
async function parkedWay(scene, program, options, limits = {}) {
  const config = { ...(await configOf(scene, program)), ...limits };
  const executor = scene.executor({ ...options, warm: true });
  await executor.park(config);
  return {
    id: '',
    run: async () => check(await executor.executeContainer(config), program, 'parked'),
    calm: () => executor.settled(),
  };
}

/**
 * @param {Scene} scene
 * @param {Program} program
 * @returns {Promise<Way>}
 */
async function payload(scene, program) {
  const { image } = await configOf(scene, program);
  const command = ['sh', '-c', 'exec python3 "$PAYLOAD_PATH"'];
  const executor = scene.executor({ warm: true });
  await executor.park({ image });
  const run = async () =>
    check(
      await executor.executeWithPayload({ image, command, payload: 'print(1)\n' }),
      program,
      'parked',
    );
  const calm = () => executor.settled();
  return { id: 'payload', name: 'parked, script as payload', run, calm, goal: { atMost: 0.1 } };
}

/**
 * @param {Scene} scene
 * @param {Program} program
 * @returns {Promise<{ way: Way, late: () => number }>} `late`: how often nothing waited
 */
async function overMcp(scene, program) {
  const image = await scene.image(program.image, 'mcp');
  const session = await scene.mcp([SLIPWAY, 'mcp']);
  const input = { image, command: program.command };
  let late = 0;
  const run = async () => {
    const { structured } = await session.call({ tool: 'execute_docker_container', input });
    expectOutput(String(valueAt(structured, 'stdout')), program);
  };
  // One wait for each kind of run that was used: the first call makes it one.
  await run();
  const calm = async () => {
    late += (await oneWaits(scene.endpoint, scene.laneOf(image))) ? 0 : 1;
  };
  const goal = { atMost: 0.13 };
  return { way: { id: 'mcp', name: 'parked, through MCP', run, calm, goal }, late: () => late };
}

/**
 * @param {Scene} scene
 * @param {Program} program
 */
async function configOf(scene, program) {
  return { image: await scene.image(program.image, 'library'), command: program.command };
}
