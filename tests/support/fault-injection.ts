/** Faults at random moments of runs, one after the other, and what has to be true after each. */
import { at, moments, type FaultBench, type FaultyRun, type Moment } from './fault-bench.js';
import { generator } from './random.js';

/** Injections of each fault. */
export const TIMES = 10;
/** Where in the runs the faults come. Those of a failure can be repeated: its seed is in the report. */
export const SEED = Number(process.env['SLIPWAY_FAULT_SEED'] ?? Date.now() % 1_000_000);
/** From the fault, or from what ends a run, to the answer; see `docs/results.md`. */
export const ANSWER_MS = 15_000;
/** A program that ends at once, as the one of the bench does. */
export const QUICK: readonly string[] = ['sh', '-c', 'exit 7'];

export type Random = (limit: number) => number;

export interface Fault {
  readonly what: string;
  /** What a call may be told. */
  readonly told: readonly string[];
  /** With which the program may have ended by then. @default its own */
  readonly exitCodes?: readonly number[];
  readonly begin: (run: FaultyRun, random: Random) => Promise<void>;
  /** Once the call is answered. */
  readonly mend?: () => Promise<void>;
}

export interface Injected {
  readonly report: string;
  /** What was not as it has to be. */
  readonly wrong: readonly string[];
}

export async function injectAll(bench: FaultBench, fault: Fault): Promise<readonly Injected[]> {
  const random = generator(SEED);
  const injected: Injected[] = [];
  for (const moment of moments(TIMES, random)) {
    injected.push(await inject(bench, fault, { moment, random }));
  }
  return injected;
}

async function inject(
  bench: FaultBench,
  fault: Fault,
  { moment, random }: { readonly moment: Moment; readonly random: Random },
): Promise<Injected> {
  const run = bench.start();
  await at(run, moment);
  const began = performance.now();
  const under = fault.begin(run, random);
  const answer = await run.answer;
  const ms = Math.round(performance.now() - began);
  await under;
  await fault.mend?.();
  const left = await bench.leftovers();
  const cleanMs = Math.round(performance.now() - began);
  const next = await bench.start({ command: QUICK }).answer;
  const report = `${moment.phase}+${moment.ms}: ${answer.word} ${ms}, clean ${cleanMs} ms`;
  const wrong = [
    ...(fault.told.includes(answer.word) ? [] : [`told ${answer.word}: ${String(answer.error)}`]),
    ...bench.untruths(answer, fault.exitCodes),
    ...(ms > ANSWER_MS ? ['answered late'] : []),
    ...left.map((thing) => `left ${thing}`),
    ...(next.word === 'exited' ? [] : [`the next call: ${next.word} ${String(next.error)}`]),
  ];
  return { report, wrong: wrong.map((what) => `${report}: ${what}`) };
}
