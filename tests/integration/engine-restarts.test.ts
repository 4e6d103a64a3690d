import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { FaultBench } from '../support/fault-bench.js';
import { injectAll, SEED, TIMES, type Fault, type Random } from '../support/fault-injection.js';

const GONE = ['engine_lost', 'ENGINE_LOST', 'ENGINE_UNREACHABLE'];

async function restart(
  { engine }: FaultBench,
  signal: 'SIGKILL' | 'SIGTERM',
  random: Random,
): Promise<void> {
  await engine.end(signal);
  await delay(random(600));
  await engine.boot();
}

type EngineFault = Omit<Fault, 'begin'> & {
  readonly begin: (bench: FaultBench, random: Random) => Promise<void>;
};

const FAULTS: readonly EngineFault[] = [
  {
    what: 'the engine is killed and started again',
    told: ['exited', ...GONE],
    begin: (bench, random) => restart(bench, 'SIGKILL', random),
  },
  {
    what: 'the engine is stopped and started again',
    told: ['exited', ...GONE],
    begin: (bench, random) => restart(bench, 'SIGTERM', random),
  },
  {
    what: 'the engine answers nothing for a while',
    told: ['exited'],
    begin: async ({ engine }, random) => {
      engine.freeze();
      await delay(random(900));
      engine.thaw();
    },
  },
  {
    what: "the engine's socket is missing for a while",
    told: ['exited', ...GONE],
    begin: async ({ engine }, random) => {
      await engine.hideSocket();
      await delay(random(900));
      await engine.showSocket();
    },
  },
];

/** Each has an engine of its own: most of their time they wait. */
describe.concurrent.each(FAULTS)('when $what', ({ begin, ...fault }) => {
  const bench = FaultBench.use();

  test(`a call is answered once, and leaves nothing (${TIMES} times)`, async ({ annotate }) => {
    const injected = await injectAll(bench, {
      ...fault,
      begin: (_run, random) => begin(bench, random),
    });
    await annotate(`seed ${SEED}: ${injected.map(({ report }) => report).join(' | ')}`);
    expect(injected.flatMap(({ wrong }) => wrong)).toEqual([]);
    expect(injected).toHaveLength(TIMES);
  });
});
