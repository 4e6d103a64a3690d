import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type CallPoint, engineProxy } from '../support/engine-proxy.js';
import { containersWithLabel, imagesWithLabel } from '../support/engine-view.js';
import { type Random, SEED } from '../support/fault-injection.js';
import {
  type ServedRepository,
  type ServeOptions,
  serveRepository,
} from '../support/git-server.js';
import { atPoints } from '../support/kill-points.js';
import { processesWith, processState } from '../support/processes.js';
import { generator } from '../support/random.js';
import {
  GONE_WITHIN,
  type Job,
  LOOKS_FOR_MS,
  type SlipwayChild,
  startChild,
} from '../support/slipway-child.js';

const BUSYBOX = 'busybox:1.36';

/** While git brings it here, or at a call of the engine. */
type BuildPoint = CallPoint | 'clone';

/** Every moment of a build and the run of its image at which something of it is somewhere. */
const BUILD_POINTS: readonly BuildPoint[] = [
  'clone',
  'clone',
  { call: 'build', side: 'request' },
  { call: 'build', side: 'answer' },
  { call: 'create', side: 'request' },
  { call: 'create', side: 'answer' },
  { call: 'start', side: 'answer' },
  { call: 'wait', side: 'answer' },
  { call: 'remove', side: 'request' },
  { call: 'remove', side: 'answer' },
];
const BUILD_KILLS = 12;
/** Of the repository: so many that a clone can be met in the middle. */
const CONTENT_BYTES = 200_000;

interface KilledBuild {
  readonly point: string;
  readonly guardians: readonly number[];
  readonly left: () => Promise<readonly string[]>;
}

interface Build extends SlipwayChild {
  readonly imageLabel: string;
  readonly repository: ServedRepository;
  /** What there is of it: on the engine, of git, and on our disk. */
  readonly left: () => Promise<readonly string[]>;
}

interface BuildWishes {
  readonly fault?: ServeOptions['fault'];
  readonly dockerHost?: string;
}

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-test-crash-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a process that is killed while it builds', () => {
  const startBuild = (...instructions: readonly string[]): Promise<Build> =>
    startBuildWith({}, ...instructions);

  /** Builds an image with a label of its own, and runs it. */
  async function startBuildWith(
    { fault, dockerHost }: BuildWishes,
    ...instructions: readonly string[]
  ): Promise<Build> {
    const imageLabel = `slipway.test=${randomBytes(8).toString('hex')}`;
    const Dockerfile = [`FROM ${BUSYBOX}`, `LABEL ${imageLabel}`, ...instructions, ''].join('\n');
    const content = randomBytes(CONTENT_BYTES);
    const repository = await serveRepository({ files: { Dockerfile, content }, fault });
    onTestFinished(() => repository.close());
    const job: Job = {
      method: 'buildAndExecuteGitHubRepo',
      config: { repositoryUrl: repository.url },
      policy: { repositories: { hosts: [repository.origin] } },
    };
    const child = startChild(job, { folder, dockerHost });
    const left = async (): Promise<readonly string[]> => [
      ...(await containersWithLabel(child.label)).map(({ Id }) => Id),
      ...(await imagesWithLabel(imageLabel)),
      ...processesWith(repository.url),
      ...(await readdir(folder)).filter((name) => name.startsWith(`slipway-git-${child.pid}-`)),
    ];
    return Object.assign(child, { imageLabel, repository, left });
  }

  /** Kills one at a point, waits until nothing is left, and gives what is left to be looked at. */
  async function killBuildAt(point: BuildPoint, random: Random): Promise<KilledBuild> {
    await using proxy = await engineProxy();
    const clones = point === 'clone';
    const fault = { kind: 'stall', afterBytes: random(CONTENT_BYTES) } as const;
    const wishes = { fault: clones ? fault : undefined, dockerHost: proxy.dockerHost };
    await using build = await startBuildWith(wishes, 'RUN sleep 0.3', 'CMD ["true"]');
    let guardians: readonly number[] = [];
    const kill = (): void => {
      guardians = build.guardians();
      build.kill();
    };
    const killed = clones ? build.repository.faultReached.then(kill) : proxy.at(point, kill);
    await Promise.race([killed, build.endedEarly]);
    await build.exited;
    const message = clones ? `clone, ${fault.afterBytes} bytes` : `${point.call} ${point.side}`;
    expect({ message, guardians: guardians.length }).toEqual({ message, guardians: 1 });
    await expect.poll(build.left, { timeout: GONE_WITHIN, message }).toEqual([]);
    return { point: message, guardians, left: build.left };
  }

  test(`leaves nothing, wherever in a build it is (${BUILD_KILLS} kills)`, async ({ annotate }) => {
    const random = generator(SEED);
    const kills = await atPoints(BUILD_POINTS, { times: BUILD_KILLS, random }, (point) =>
      killBuildAt(point, random),
    );
    await annotate(`seed ${SEED}: ${kills.map(({ point }) => point).join(' | ')}`);
    // An image that was announced is looked for until nothing can come up any more.
    const over = () => kills.flatMap(({ guardians }) => guardians.map(processState));
    await expect.poll(over, { timeout: LOOKS_FOR_MS }).not.toContain('running');
    expect((await Promise.all(kills.map(({ left }) => left()))).flat()).toEqual([]);
    expect(kills).toHaveLength(BUILD_KILLS);
  });

  test('leaves no step running and no image', async () => {
    const step = `sleep 600.${randomBytes(4).readUInt32BE()}`;
    await using run = await startBuild(`RUN ${step}`);
    await expect.poll(() => processesWith(step).length, { timeout: 30_000 }).toBeGreaterThan(0);
    run.kill();
    await expect.poll(() => processesWith(step), { timeout: GONE_WITHIN }).toEqual([]);
    expect(await imagesWithLabel(run.imageLabel)).toEqual([]);
  });

  test('leaves neither container nor image when the built image runs', async () => {
    await using run = await startBuild('CMD ["sleep", "600"]');
    await run.line('running');
    expect(await imagesWithLabel(run.imageLabel)).toHaveLength(1);
    run.kill();
    const left = async () => [
      ...(await containersWithLabel(run.label)),
      ...(await imagesWithLabel(run.imageLabel)),
    ];
    await expect.poll(left, { timeout: GONE_WITHIN }).toEqual([]);
  });
});
