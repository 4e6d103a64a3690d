import { setTimeout as delay } from 'node:timers/promises';
import type { FaultBench } from './fault-bench.js';
import type { Fault, Random } from './fault-injection.js';

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

export type EngineFault = Omit<Fault, 'begin'> & {
  readonly begin: (bench: FaultBench, random: Random) => Promise<void>;
};

/** What happens to an engine as a whole, and passes. */
export const RESTARTS: readonly EngineFault[] = [
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
