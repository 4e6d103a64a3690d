/** The Inspector's command line as a client: what it lists, calls and finds wrong. */
import { isDeepStrictEqual } from 'node:util';
import { parseJson, valueAt } from '../engine/json.mjs';
import { runNode } from './run-node.mjs';

/**
 * @typedef {import('./tools.mjs').McpTools} McpTools
 * @typedef {import('./report.mjs').Check} Check
 * @typedef {object} Expectation
 * @property {string} name
 * @property {readonly string[]} args
 * @property {readonly string[]} [switches] of the server, beside its usual ones
 * @property {(answer: unknown) => string | undefined} complaint what is wrong with the answer
 */

const ERAS = ['legacy', 'auto', 'modern'];

const SIX = [
  'execute_docker_container',
  'build_and_execute_github_repo',
  'execute_with_payload',
  'list_running_containers',
  'stop_container',
  'pull_docker_image',
];

const ECHO = [
  '--method',
  'tools/call',
  '--tool-name',
  'execute_docker_container',
  '--tool-args-json',
  JSON.stringify({ image: 'busybox:1.36', command: ['echo', 'hello'] }),
];

const LOAD = ['--method', 'tools/call', '--tool-name', 'list_running_containers', '--load'];

/** What an operator may add is judged with the rest. */
const ALL_TOOLS = ['--toolsets', 'inspect,jobs,builder'];

/** @type {readonly Expectation[]} */
const EXPECTATIONS = [
  {
    name: 'initialize',
    args: ['--method', 'initialize'],
    complaint: (answer) => differing('slipway', valueAt(answer, 'result', 'serverInfo', 'name')),
  },
  {
    name: 'tools/list --strict',
    args: ['--method', 'tools/list', '--strict'],
    complaint: ofTheLint,
  },
  {
    name: 'tools/list --strict, with every toolset',
    args: ['--method', 'tools/list', '--strict'],
    switches: ALL_TOOLS,
    complaint: ofTheLint,
  },
  {
    name: 'resources/templates/list',
    args: ['--method', 'resources/templates/list'],
    complaint: (answer) =>
      differing(
        [
          'slipway://runs/{run_id}/{stream}{?offset,limit,pattern}',
          'slipway://runs/{run_id}/artifacts/{number}{?offset,limit,pattern}',
        ],
        listOf(answer, 'resourceTemplates').map((one) => valueAt(one, 'uriTemplate')),
      ),
  },
  {
    name: 'resources/list',
    args: ['--method', 'resources/list'],
    complaint: (answer) => differing([], valueAt(answer, 'result', 'resources')),
  },
  {
    name: 'tools/call, 50 times, 5 at once',
    args: [...LOAD, '--load-requests', '50', '--load-concurrency', '5'],
    complaint: () => undefined,
  },
  ...ERAS.flatMap((era) => [
    {
      name: `tools/list, ${era}`,
      args: ['--protocol-era', era, '--method', 'tools/list'],
      complaint: (/** @type {unknown} */ answer) =>
        differing(
          SIX,
          listOf(answer, 'tools').map((tool) => valueAt(tool, 'name')),
        ),
    },
    { name: `tools/call, ${era}`, args: ['--protocol-era', era, ...ECHO], complaint: ofTheEcho },
  ]),
];

/**
 * @param {McpTools} tools
 * @param {readonly string[]} server program and arguments
 * @returns {readonly Check[]}
 */
export function inspectorChecks(tools, server) {
  return EXPECTATIONS.map(({ name, args, switches = [], complaint }) => ({
    name: `Inspector: ${name}`,
    run: async () => {
      const all = [
        tools.inspector,
        '--cli',
        ...server,
        ...switches,
        ...args,
        '--format',
        'json',
        '-q',
      ];
      const env = { PATH: process.env['PATH'], HOME: tools.home };
      const { end, stdout, stderr } = await runNode(tools.node, all, env);
      if (end !== 'exit code 0') return `${end}\n${stdout}${stderr}`;
      return complaint(parseJson(stdout));
    },
  }));
}

/** @param {unknown} answer */
function ofTheLint(answer) {
  if (listOf(answer, 'tools').length < SIX.length) return 'there are not even six tools';
  // There only when there are some, warnings too.
  return differing(undefined, valueAt(answer, 'schemaFindings'));
}

/** @param {unknown} answer */
function ofTheEcho(answer) {
  const structured = valueAt(answer, 'result', 'structuredContent');
  const text = valueAt(answer, 'result', 'content', 0, 'text');
  return (
    differing('hello\n', valueAt(structured, 'stdout')) ??
    differing(JSON.stringify(structured), text)
  );
}

/**
 * @param {unknown} answer
 * @param {string} name
 * @returns {readonly unknown[]}
 */
function listOf(answer, name) {
  const list = valueAt(answer, 'result', name);
  return Array.isArray(list) ? list : [];
}

/**
 * @param {unknown} expected
 * @param {unknown} actual
 */
function differing(expected, actual) {
  if (isDeepStrictEqual(expected, actual)) return undefined;
  return `expected ${JSON.stringify(expected)}\nand got  ${JSON.stringify(actual, null, 2)}`;
}
