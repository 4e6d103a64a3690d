/** A client goes away at random moments of calls: nothing of them is left. */
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import { LABEL } from '../../src/engine/labels.js';
import { containersWith } from '../support/engine-containers.js';
import { askEngine } from '../support/engine-view.js';
import { SEED, TIMES, type Injected } from '../support/fault-injection.js';
import { serveRepository } from '../support/git-server.js';
import { processesWith } from '../support/processes.js';
import { generator } from '../support/random.js';
import { callWithProgress } from '../support/ready-server.js';
import { type ServerProcess, startServer } from '../support/slipway-process.js';
import { tempFolders } from '../support/temp-folder.js';

const tempFolder = tempFolders();

/** A client waits this long between closing our input and a signal. */
const PATIENCE_MS = 2000;
/** By then a call is where it stays, if nothing holds it up: its program sleeps. */
const RUNS_MS = 1500;
/** A step of its build sleeps. */
const BUILDS_MS = 3000;

const ENDINGS: readonly (readonly [string, (server: ServerProcess) => void])[] = [
  ['the input ends', ({ child }) => child.stdin.end()],
  [
    'nobody reads the output any more',
    ({ child, peer }) => {
      child.stdout.destroy();
      peer.send({ id: 'unheard', method: 'ping' });
    },
  ],
];

const TOOLS = [
  'execute_docker_container',
  'execute_with_payload',
  'build_and_execute_github_repo',
] as const;
type Tool = (typeof TOOLS)[number];

interface Leave {
  readonly tool: Tool;
  /** After the call was sent. */
  readonly ms: number;
  readonly end: (server: ServerProcess) => void;
}

describe.each(ENDINGS)('when %s', (_when, end) => {
  test(`at any moment of a call, nothing of it is left, and the next server works (${TIMES} times)`, async ({
    annotate,
  }) => {
    const random = generator(SEED);
    const leaves = Array.from({ length: TIMES }, (_, i): Leave => {
      const tool = TOOLS[i % TOOLS.length] ?? 'build_and_execute_github_repo';
      const latestMs = tool === 'build_and_execute_github_repo' ? BUILDS_MS : RUNS_MS;
      return { tool, ms: random(latestMs), end };
    });
    const left: Injected[] = [];
    for (const one of leaves) left.push(await leave(one));
    expect(left).toHaveLength(TIMES);
    await annotate(`seed ${SEED}: ${left.map(({ report }) => report).join(' | ')}`);
    expect(left.flatMap(({ wrong }) => wrong)).toEqual([]);
  });
});

/** Calls a tool, and goes. */
async function leave({ tool, ms, end }: Leave): Promise<Injected> {
  const mark = randomBytes(8).toString('hex');
  const git = await slowRepository(mark);
  const temp = await tempFolder();
  await using server = await startIn(temp, { repositories: { hosts: [git.origin] } });
  server.peer.send(callWithProgress(1, tool, argumentsOf(tool, mark, git.url)));
  await delay(ms);
  const running = processesWith(mark).length;
  const answered = server.peer.messages.find(({ id }) => id === 1);
  const began = performance.now();
  end(server);
  const { code, at } = await server.exited;
  const tookMs = Math.round(at - began);
  const rest = await restOf({ mark, temp, pid: server.child.pid ?? 0 });
  const cleanMs = Math.round(performance.now() - began);
  const next = await said(mark);
  const report = `${tool}+${ms} (${running} processes): exit code ${code} after ${tookMs} ms, clean ${cleanMs} ms`;
  const wrong = [
    ...(answered === undefined ? [] : [`too late: ${JSON.stringify(answered)}`]),
    ...(code === 0 ? [] : [server.stderr()]),
    ...(tookMs < PATIENCE_MS ? [] : ['ended late']),
    ...rest.map((thing) => `left ${thing}`),
    ...(next === `${mark}\n` ? [] : [`the next server: ${next}`]),
  ];
  return { report, wrong: wrong.map((what) => `${report}: ${what}`) };
}

/** Git's command line and that of a step of the build hold the mark. */
async function slowRepository(mark: string): ReturnType<typeof serveRepository> {
  const Dockerfile = `FROM busybox:1.36\nRUN sleep 600; : ${mark}\n`;
  const git = await serveRepository({ path: `/owner/${mark}.git`, files: { Dockerfile } });
  onTestFinished(() => git.close());
  return git;
}

/** Starts a server that has a folder for temporary files of its own. */
async function startIn(temp: string, policy: object): Promise<ServerProcess> {
  const content = JSON.stringify(policy);
  const folder = await tempFolder({ 'policy.json': { content, mode: 0o600 } });
  vi.stubEnv('TMPDIR', temp);
  const server = startServer(['--policy', join(folder, 'policy.json')]);
  // It has a copy; other servers that are just being started have theirs.
  vi.unstubAllEnvs();
  await server.peer.initialize();
  return server;
}

function argumentsOf(tool: Tool, mark: string, url: string): Readonly<Record<string, unknown>> {
  if (tool === 'build_and_execute_github_repo') return { repo_url: url };
  const run = { image: 'busybox:1.36', command: ['sh', '-c', `echo ${mark}; sleep 600`] };
  return tool === 'execute_with_payload' ? { ...run, payload: mark } : run;
}

interface Gone {
  readonly mark: string;
  readonly temp: string;
  readonly pid: number;
}

/** What is left of a server and its call, of what has not gone within the client's patience. */
async function restOf({ mark, temp, pid }: Gone): Promise<readonly string[]> {
  const giveUp = performance.now() + PATIENCE_MS;
  for (;;) {
    const containers = await containersWith(mark);
    const rest = [
      ...processesWith(mark).map((line) => `process ${line}`),
      ...containers.map((id) => `container ${id}`),
      ...(await labelledWith(pid)),
      ...(await readdir(temp)).map((name) => `folder ${name}`),
    ];
    if (rest.length === 0 || performance.now() > giveUp) return rest;
    await delay(25);
  }
}

/** What bears the label of a process: also containers that only waited for a run. */
async function labelledWith(pid: number): Promise<readonly string[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [LABEL.instance] }));
  const ask = (path: string): Promise<unknown> => askEngine('GET', `${path}filters=${filters}`);
  const { Volumes: volumes } = volumeList.parse(await ask('/volumes?'));
  const things = [
    ...labelled.parse(await ask('/containers/json?all=1&')),
    ...labelled.parse(await ask('/images/json?all=1&')),
    ...labelled.parse(await ask('/networks?')),
    ...(volumes ?? []),
  ];
  return things
    .filter(({ Labels: labels }) => labels[LABEL.instance]?.split('-')[1] === String(pid))
    .map((thing) => JSON.stringify(thing));
}

const labelled = z.array(z.looseObject({ Labels: z.record(z.string(), z.string()) }));
const volumeList = z.object({ Volumes: labelled.nullable() });

/** What a new server says that a program printed, or the whole answer. */
async function said(text: string): Promise<string> {
  await using server = startServer();
  await server.peer.initialize();
  const args = { image: 'busybox:1.36', command: ['echo', text] };
  const { structuredContent } = await server.peer.callTool(1, 'execute_docker_container', args);
  server.child.stdin.end();
  await server.exited;
  const { stdout } = structuredContent;
  return typeof stdout === 'string' ? stdout : JSON.stringify(structuredContent);
}
