/** A registry breaks at random points of pulls: what their callers are told, and what is left. */
import { beforeAll, describe, expect, test } from 'vitest';
import { isSlipwayError, type DockerExecutor, type PullFailure } from '../../src/index.js';
import { askEngine } from '../support/engine-view.js';
import { ANSWER_MS, SEED, TIMES, type Injected, type Random } from '../support/fault-injection.js';
import {
  errorBody,
  executorFor,
  FaultyRegistry,
  isOnEngine,
  type Damage,
  type PullPart,
} from '../support/faulty-registry.js';
import { generator } from '../support/random.js';
import { tinyImage } from '../support/tiny-image.js';

/** Where a fault comes, and what the caller of the pull is told. */
type Point = readonly [part: PullPart, told: PullFailure];

interface Fault {
  readonly what: string;
  readonly damage: (random: Random) => Damage;
  readonly points: readonly Point[];
}

const PARTS: readonly PullPart[] = ['everything', 'manifest', 'config', 'layer'];
const anywhere = (told: PullFailure): readonly Point[] => PARTS.map((part) => [part, told]);
/** For longer than the caller of the test waits, the engine asks for a layer again and again. */
const butLayer = (told: PullFailure): readonly Point[] =>
  PARTS.map((part) => [part, part === 'layer' ? 'timeout' : told]);

/** In the registry's own words, or without any, or as the page of a proxy in front of it. */
function status(code: number, name: string): Fault['damage'] {
  const bodies = [errorBody(name, 'said the registry'), '<html>an error page</html>', ''];
  return (random) => ({ kind: 'status', status: code, body: bodies[random(bodies.length)] ?? '' });
}

function slow(random: Random): Damage {
  const kind = (['silent', 'stalled', 'trickling'] as const)[random(3)] ?? 'silent';
  return kind === 'silent' ? { kind } : { kind, byte: random };
}

const FAULTS: readonly Fault[] = [
  {
    what: 'it goes down',
    damage: (byte) => ({ kind: 'down', byte }),
    points: butLayer('network'),
  },
  {
    what: 'it breaks the connection',
    damage: (byte) => ({ kind: 'cut', byte }),
    points: butLayer('network'),
  },
  { what: 'it is silent, stalls or trickles', damage: slow, points: anywhere('timeout') },
  {
    what: 'it answers with 401',
    damage: status(401, 'UNAUTHORIZED'),
    points: anywhere('login_needed'),
  },
  {
    what: 'it answers with 404',
    damage: status(404, 'MANIFEST_UNKNOWN'),
    points: PARTS.map((part) => [
      part,
      // A manifest that names what the registry does not have.
      part === 'config' || part === 'layer' ? 'corrupt' : 'not_found',
    ]),
  },
  {
    what: 'it answers with 429',
    damage: status(429, 'TOOMANYREQUESTS'),
    points: anywhere('rate_limit'),
  },
  { what: 'it answers with 500', damage: status(500, 'UNKNOWN'), points: butLayer('network') },
  {
    what: 'a layer is truncated',
    damage: (byte) => ({ kind: 'truncated', byte }),
    points: [['layer', 'corrupt']],
  },
  {
    what: 'a layer is corrupt',
    damage: (byte) => ({ kind: 'corrupt', byte }),
    points: [['layer', 'corrupt']],
  },
];

/** For those who are told that it took too long. */
const SHORT_MS = 1000;
/** More than it takes the engine to give up a layer. */
const LONG_MS = 300_000;

describe('a pull is answered with the reason, and leaves nothing,', () => {
  // The engine does not give up a layer for a minute and more. It loads three at a time, whoever
  // asks: one such pull is enough, and it breaks at another byte each time the engine tries again.
  let patient: ReturnType<typeof inject>;
  beforeAll(() => {
    const damage: Damage = { kind: 'cut', byte: generator(SEED) };
    patient = inject({ part: 'layer', damage, told: 'network', timeoutMs: LONG_MS });
    patient.catch(() => undefined);
  });

  test.for(FAULTS)(`when $what (${TIMES} times)`, async ({ damage, points }, { annotate }) => {
    const random = generator(SEED);
    const injected: Injected[] = [];
    while (injected.length < TIMES) {
      const [part, told] =
        points[injected.length % points.length] ?? (['layer', 'unknown'] as const);
      const timeoutMs = told === 'timeout' ? SHORT_MS : ANSWER_MS;
      const one = await inject({ part, damage: damage(random), told, timeoutMs });
      // While others load three layers from the engine, it does not come to ask for this one.
      if (one.came || one.wrong.length > 0) injected.push(one);
    }
    await annotate(`seed ${SEED}: ${injected.map(({ report }) => report).join(' | ')}`);
    expect(injected.flatMap(({ wrong }) => wrong)).toEqual([]);
  });

  test('when it breaks every connection and the caller is patient', async ({ annotate }) => {
    const { report, wrong, came } = await patient;
    await annotate(`seed ${SEED}: ${report}`);
    expect(wrong).toEqual([]);
    expect(came).toBe(true);
  });
});

interface Injection {
  readonly part: PullPart;
  readonly damage: Damage;
  readonly told: PullFailure;
  readonly timeoutMs: number;
}

/** Pulls from a registry that breaks there, then the same image from one that works. */
async function inject(injection: Injection): Promise<Injected & { readonly came: boolean }> {
  const { part, damage, told, timeoutMs } = injection;
  const image = await tinyImage();
  await using faulty = await FaultyRegistry.start(image, { kind: 'part', part, damage });
  await using working = await FaultyRegistry.start(image, undefined);
  await using executor = executorFor(faulty.address, working.address);
  const reference = `${faulty.address}/team/tiny:1`;
  const began = performance.now();
  const answer = await answerOf(executor.pullImage(reference, { timeoutMs }));
  const ms = Math.round(performance.now() - began);
  const report = `${faulty.damaged.join(', ')}: ${answer.reason} ${ms} ms`;
  const isThere = await isOnEngine(reference);
  // Docker does not call back a question for a layer: until the connection breaks, it waits for
  // that layer whoever else has it.
  if (damage.kind === 'silent') await faulty.goDown();
  const next = await answerOf(pullOnce(executor, `${working.address}/team/tiny:1`));
  const wrong = [
    ...(answer.reason === told ? [] : [`not told ${told}: ${answer.words}`]),
    ...(told === 'timeout' && ms > SHORT_MS + LATE_MS ? ['answered late'] : []),
    ...(isThere ? ['the image is on the engine'] : []),
    ...(next.reason === 'pulled' ? [] : [`the next pull: ${next.words}`]),
  ];
  const came = faulty.damaged.length > 0;
  return { report, wrong: wrong.map((what) => `${report}: ${what}`), came };
}

/** From the end of the caller's patience to the answer. */
const LATE_MS = 2000;

async function answerOf(pull: Promise<unknown>) {
  return pull.then(
    () => ({ reason: 'pulled', words: '' }),
    (error: unknown) => {
      const reason = isSlipwayError(error, 'PULL_FAILED') ? error.context.reason : 'another error';
      return { reason, words: String(error) };
    },
  );
}

/** Leaves no image. */
async function pullOnce(executor: DockerExecutor, reference: string): Promise<void> {
  await executor.pullImage(reference, { timeoutMs: ANSWER_MS });
  await askEngine('DELETE', `/images/${reference}`);
}
