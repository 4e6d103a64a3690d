import { describe, expect, it } from 'vitest';
import type { Attempt } from '../../../src/build/attempts.js';
import { parseBuild, type ResolvedBuild } from '../../../src/build/build-options.js';
import { buildNetwork } from '../../../src/build/network.js';
import { tryAttempts, type AttemptContext } from '../../../src/build/try-attempts.js';
import type { BuildEvent } from '../../../src/build/types.js';
import type { OwnDockerfile } from '../../../src/core/build-plan.js';
import { SlipwayError } from '../../../src/core/errors.js';
import { silentLogger } from '../../../src/core/logger.js';
import { SharedWork } from '../../../src/core/shared-work.js';
import type {
  BuiltImage,
  ContainerEnd,
  ContainerRuntime,
  Engine,
  OpenContainer,
} from '../../../src/engine/ports.js';
import { resolvePolicy, type Policy } from '../../../src/policy/policy.js';
import { specOf } from '../../support/container-spec.js';
import { failureOf } from '../../support/failure.js';
import { scriptedEngine } from '../../support/scripted-engine.js';
import { tempFolders } from '../../support/temp-folder.js';

const temporary = tempFolders();

const own = (path: string): Attempt => {
  const dockerfile: OwnDockerfile = {
    path,
    context: '.',
    bases: [],
    transport: { kind: 'stdio' },
    defects: [],
  };
  return { kind: 'repository', dockerfile };
};

const lost = new SlipwayError('ENGINE_LOST', {
  message: 'The connection broke.',
  hint: 'Try again.',
  context: { operation: 'open' },
});

const buildFailed = new SlipwayError('BUILD_FAILED', {
  message: 'Build failed at step "RUN no".',
  hint: 'Correct it.',
  context: { step: 'RUN no', exitCode: 1, log: '' },
});

/** A program that says something and ends at once. */
function ending(said: string): ContainerRuntime['open'] {
  return async (_spec, observer) => {
    observer.output('stderr', Buffer.from(said));
    const end: ContainerEnd = { exitCode: 1, outOfMemory: false, failure: undefined };
    const container: OpenContainer = {
      id: 'c'.repeat(64),
      write: () => undefined,
      closeInput: () => undefined,
      ended: Promise.resolve(end),
      hostPort: async () => undefined,
      end: async () => 'removed',
    };
    return container;
  };
}

interface Scene {
  readonly open: ContainerRuntime['open'];
  /** What the build of a Dockerfile comes to. */
  readonly build?: (dockerfile: string) => Error | undefined;
}

async function scene({ open, build = () => undefined }: Scene) {
  const removed: string[] = [];
  const events: BuildEvent[] = [];
  let built = 0;
  const engine = scriptedEngine({
    containers: { open },
    images: {
      findByLabel: async () => [],
      remove: async (id) => void removed.push(id),
      build: async ({ dockerfile }) => {
        const failure = build(dockerfile);
        if (failure !== undefined) throw failure;
        built += 1;
        return image(`sha256:${String(built).repeat(64)}`);
      },
    },
  });
  const policy = resolvePolicy();
  const repoPath = await temporary({ a: 'FROM scratch\n', b: 'FROM scratch\n' });
  const config = { repoPath, onEvent: (event: BuildEvent) => void events.push(event) };
  const resolved = await parseBuild(config, policy);
  const context = contextOf(engine, resolved, policy);
  return { run: (attempts: readonly Attempt[]) => tryAttempts(attempts, context), removed, events };
}

function contextOf(engine: Engine, build: ResolvedBuild, policy: Policy): AttemptContext {
  const { images, containers } = engine;
  const none = { certificates: [], proxies: {} };
  const network = buildNetwork(none, { keepCertificates: false }, engine.facts);
  const bases = { images, policy, pull: 'missing', platform: undefined, onPull: nothing } as const;
  return {
    build,
    inputs: [],
    labelsOf: () => ({}),
    prepareOptions: { build, bases, adapt: network.adapt },
    image: { engine, policy, key: Buffer.alloc(32), build, network, builds: new SharedWork() },
    probe: { containers, specOf: async (_program, { id }) => specOf(id), logger: silentLogger },
    proofs: { find: async () => undefined, keep: async () => undefined },
    probeTimeoutMs: 1000,
    logger: silentLogger,
  };
}

const nothing = (): void => undefined;

function image(id: string): BuiltImage {
  return {
    id,
    digest: null,
    sizeBytes: 1,
    platform: 'linux/amd64',
    user: '',
    entrypoint: ['/server'],
    command: [],
    volumes: [],
    labels: {},
    exposedPorts: [],
    environment: [],
    workingDir: '',
    warnings: [],
  };
}

describe('the Dockerfiles of a repository in turn', () => {
  it('end with the verdict on the last, and nothing of any is left', async () => {
    const { run, removed, events } = await scene({ open: ending('Error: no luck\n') });
    const outcome = await run([own('a'), own('b')]);
    expect(outcome.probe).toMatchObject({ status: 'broken' });
    expect(outcome.warnings).toHaveLength(1);
    expect(outcome.warnings[0]).toContain("The repository's a made an image that is broken");
    expect(removed).toHaveLength(2);
    expect(events.filter(({ type }) => type === 'fallback')).toHaveLength(1);
  });

  it('tell what failed after the one that the verdict is about', async () => {
    const { run } = await scene({
      open: ending('Error: no luck\n'),
      build: (dockerfile) => (dockerfile === 'b' ? buildFailed : undefined),
    });
    const outcome = await run([own('a'), own('b')]);
    expect(outcome.prepared.source).toMatchObject({ path: 'a' });
    expect(outcome.warnings).toEqual([expect.stringContaining("The repository's b failed")]);
  });

  it('end with the error of the last when none can be built', async () => {
    const { run, removed } = await scene({ open: ending(''), build: () => buildFailed });
    const failure = await failureOf(run([own('a'), own('b')]));
    expect(failure.code).toBe('BUILD_FAILED');
    expect(removed).toEqual([]);
  });

  it('leave no image when the engine is lost while one is proved', async () => {
    const { run, removed } = await scene({ open: () => Promise.reject(lost) });
    expect(await failureOf(run([own('a'), own('b')]))).toBe(lost);
    expect(removed).toHaveLength(1);
  });
});
