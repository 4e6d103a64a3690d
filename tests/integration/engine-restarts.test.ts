import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { FaultBench } from '../support/fault-bench.js';
import { injectAll, SEED, TIMES, type Fault, type Random } from '../support/fault-injection.js';

const bench = FaultBench.use();

const GONE = ['engine_lost', 'ENGINE_LOST', 'ENGINE_UNREACHABLE'];

async function restart(signal: 'SIGKILL' | 'SIGTERM', random: Random): Promise<void> {
  await bench.engine.end(signal);
  await delay(random(600));
  await bench.engine.boot();
}

const FAULTS: readonly Fault[] = [
  {
    what: 'the engine is killed and started again',
    told: ['exited', ...GONE],
    begin: (_, random) => restart('SIGKILL', random),
  },
  {
    what: 'the engine is stopped and started again',
    told: ['exited', ...GONE],
    begin: (_, random) => restart('SIGTERM', random),
  },
  {
    what: 'the engine answers nothing for a while',
    told: ['exited'],
    begin: async (_, random) => {
      bench.engine.freeze();
      await delay(random(900));
      bench.engine.thaw();
    },
  },
  {
    what: "the engine's socket is missing for a while",
    told: ['exited', ...GONE],
    begin: async (_, random) => {
      await bench.engine.hideSocket();
      await delay(random(900));
      await bench.engine.showSocket();
    },
  },
];

describe('a call is answered once, and leaves nothing, when', () => {
  test.for(FAULTS)(`$what (${TIMES} times)`, async (fault, { annotate }) => {
    const injected = await injectAll(bench, fault);
    await annotate(`seed ${SEED}: ${injected.map(({ report }) => report).join(' | ')}`);
    expect(injected.flatMap(({ wrong }) => wrong)).toEqual([]);
    expect(injected).toHaveLength(TIMES);
  });
});
