import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Parking } from '../../src/engine/ports.js';
import { FaultBench } from './fault-bench.js';
import { type Fault, injectAll, type Random, SEED, TIMES } from './fault-injection.js';

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

/** What happens to an engine as a whole, and passes. */
const RESTARTS: readonly EngineFault[] = [
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

/**
 * That every call is answered once, whatever happens to the engine. Each of them has an engine of
 * its own: most of their time they wait.
 */
export function testRestarts(when: 'when' | 'while containers wait and', parking?: Parking): void {
  describe.concurrent.each(RESTARTS)(`${when} $what`, ({ begin, ...fault }) => {
    const bench = FaultBench.use(undefined, parking);

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
}
