import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test, type TestContext } from 'vitest';
import {
  at,
  FaultBench,
  IMAGE,
  moments,
  type FaultyRun,
  type Moment,
} from '../support/fault-bench.js';
import { generator } from '../support/random.js';

/** Injections of each fault. */
const TIMES = 10;
/** What was injected can be repeated with the seed that a failure or the report names. */
const SEED = Number(process.env['SLIPWAY_FAULT_SEED'] ?? Date.now() % 1_000_000);

const bench = FaultBench.use();

interface Injection {
  readonly test: TestContext;
  /** Milliseconds from the fault to the answer. */
  readonly within: number;
  /** What a call may be told. */
  readonly answers: readonly string[];
  readonly fault: (run: FaultyRun, random: (limit: number) => number) => Promise<void>;
  /** Once the call is answered. */
  readonly mend?: () => Promise<void>;
}

/** Breaks the engine at random moments of runs, one after the other. */
async function inject(injection: Injection): Promise<void> {
  const random = generator(SEED);
  const told: string[] = [];
  for (const moment of moments(TIMES, random)) {
    const context = `SLIPWAY_FAULT_SEED=${SEED}, ${moment.phase} + ${moment.ms} ms`;
    try {
      told.push(await injectOnce(injection, moment, random));
    } catch (cause) {
      throw new Error(`${context}, after ${told.join(' | ')}: ${String(cause)}`, { cause });
    }
  }
  await injection.test.annotate(`seed ${SEED}: ${told.join(' | ')}`);
}

async function injectOnce(
  { within, answers, fault, mend }: Injection,
  moment: Moment,
  random: (limit: number) => number,
): Promise<string> {
  const run = bench.start();
  await at(run, moment);
  const began = performance.now();
  const faulty = fault(run, random);
  const answer = await run.answer;
  const answered = Math.round(performance.now() - began);
  await faulty;
  await mend?.();
  expect(answers).toContain(answer.word);
  bench.expectTruth(answer);
  expect(answered).toBeLessThan(within);
  const clean = Math.round(await bench.expectRecovery());
  return `${moment.phase}+${moment.ms}: ${answer.word} ${answered} ms, clean ${clean} ms`;
}

describe('an engine', () => {
  test(`that is killed and started again (${TIMES} times)`, (context) =>
    inject({
      test: context,
      within: 15_000,
      answers: ['exited', 'engine_lost', 'ENGINE_LOST', 'ENGINE_UNREACHABLE'],
      fault: async (_, random) => {
        await bench.engine.end('SIGKILL');
        await delay(random(600));
        await bench.engine.boot();
      },
    }));

  test(`that is stopped and started again (${TIMES} times)`, (context) =>
    inject({
      test: context,
      within: 15_000,
      answers: ['exited', 'engine_lost', 'ENGINE_LOST', 'ENGINE_UNREACHABLE'],
      fault: async (_, random) => {
        await bench.engine.end('SIGTERM');
        await delay(random(600));
        await bench.engine.boot();
      },
    }));

  test(`whose socket is missing (${TIMES} times)`, (context) =>
    inject({
      test: context,
      within: 15_000,
      answers: ['exited', 'engine_lost', 'ENGINE_LOST', 'ENGINE_UNREACHABLE'],
      fault: () => bench.engine.hideSocket(),
      mend: () => bench.engine.showSocket(),
    }));

  test(`whose disk is full (${TIMES} times)`, (context) =>
    inject({
      test: context,
      within: 15_000,
      answers: ['exited', 'DISK_FULL'],
      fault: () => bench.engine.fillDisk(),
      mend: () => bench.engine.freeDisk(),
    }));

  test(`that answers nothing for a moment (${TIMES} times)`, (context) =>
    inject({
      test: context,
      within: 15_000,
      answers: ['exited'],
      fault: async (_, random) => {
        bench.engine.freeze();
        await delay(random(600));
        bench.engine.thaw();
      },
    }));
});

describe('somebody else', () => {
  test(`removes the container (${TIMES} times)`, (context) =>
    inject({
      test: context,
      within: 15_000,
      answers: ['exited', 'engine_lost', 'ENGINE_ERROR'],
      fault: (run) => bench.engine.http.removeContainer(run.name),
    }));

  test(`removes the image between the look at it and the creation (${TIMES} times)`, async () => {
    for (let i = 0; i < TIMES; i += 1) {
      bench.beforeRun = async () => {
        await bench.engine.http.request('DELETE', `/images/${IMAGE}?force=1`);
      };
      const answer = await bench.start().answer;
      bench.beforeRun = () => Promise.resolve();
      expect(answer.word).toBe('IMAGE_NOT_FOUND');
      await bench.load();
      await bench.expectRecovery();
    }
  });
});
