import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { at, FaultBench, IMAGE, type FaultyRun } from '../support/fault-bench.js';
import {
  ANSWER_MS,
  injectAll,
  QUICK,
  SEED,
  TIMES,
  type Fault,
} from '../support/fault-injection.js';
import { callsOnSmallDisk } from '../support/full-disk.js';
import { generator } from '../support/random.js';

/** Each group of faults has an engine of its own: most of their time they wait. */
describe.concurrent('a call is answered once, and leaves nothing,', () => {
  describe('when in the middle of a run', () => {
    const bench = FaultBench.use();
    const FAULTS: readonly Fault[] = [
      {
        what: "the engine's disk is full",
        told: ['exited', 'DISK_FULL'],
        begin: () => bench.engine.fillDisk(),
        mend: () => bench.engine.freeDisk(),
      },
      {
        what: 'somebody removes the container',
        told: ['exited', 'engine_lost', 'ENGINE_ERROR', 'START_FAILED'],
        // It is killed before it is removed, and that can be seen.
        exitCodes: [7, 137],
        begin: (run) => bench.engine.http.removeContainer(run.name),
      },
    ];

    test.sequential.for(FAULTS)(`$what (${TIMES} times)`, async (fault, { annotate }) => {
      const injected = await injectAll(bench, fault);
      await annotate(`seed ${SEED}: ${injected.map(({ report }) => report).join(' | ')}`);
      expect(injected.flatMap(({ wrong }) => wrong)).toEqual([]);
      expect(injected).toHaveLength(TIMES);
    });
  });

  describe('when in the middle of many runs', () => {
    const bench = FaultBench.use();

    test.sequential(`the engine answers nothing any more (${TIMES} calls)`, async ({
      annotate,
      onTestFinished,
    }) => {
      const random = generator(SEED);
      onTestFinished(() => bench.engine.thaw());
      const timeoutMs = 3000;
      const command = ['sh', '-c', 'echo line 0; sleep 60'];
      const runs: FaultyRun[] = [];
      for (let i = 0; i < TIMES; i += 1) {
        runs.push(bench.start({ command, timeoutMs }));
        await delay(random(250));
      }
      bench.engine.freeze();
      const began = performance.now();
      const answers = await Promise.all(
        runs.map(async (run) => ({ ...(await run.answer), ms: performance.now() - began })),
      );
      const report = answers.map(({ word, ms }) => `${word} ${Math.round(ms)} ms`);
      await annotate(`seed ${SEED}: ${report.join(' | ')}`);
      expect(answers.flatMap((answer) => bench.untruths(answer))).toEqual([]);
      const told = ['exited', 'engine_lost', 'ENGINE_LOST', 'ENGINE_TIMEOUT'];
      expect(answers.map(({ word }) => word).filter((word) => !told.includes(word))).toEqual([]);
      expect(Math.max(...answers.map(({ ms }) => ms))).toBeLessThan(timeoutMs + ANSWER_MS);
      bench.engine.thaw();
      expect(await bench.leftovers()).toEqual([]);
      expect(await bench.start({ command: QUICK }).answer).toMatchObject({ word: 'exited' });
    });

    test.sequential(`memory runs out, or somebody else kills the program (${TIMES} times each)`, async () => {
      const times = Array.from({ length: TIMES }, (_, i) => i);
      const bombs = times.map(() =>
        bench.start({
          command: ['sh', '-c', 'sleep 0.3; exec tail /dev/zero'],
          memoryBytes: '16m',
        }),
      );
      expect(await endsOf(bombs)).toEqual(times.map(() => 'out_of_memory 137 SIGKILL'));
      const killed = times.map(() => bench.start({ command: ['sleep', '60'] }));
      await Promise.all(
        killed.map(async (run) => {
          // In its first second an engine may not have noticed that memory ran out.
          await at(run, { phase: 'run', ms: 1100 });
          await bench.engine.http.request('POST', `/containers/${run.name}/kill`);
        }),
      );
      expect(await endsOf(killed)).toEqual(times.map(() => 'exited 137 SIGKILL'));
      expect(await bench.leftovers()).toEqual([]);
    });
  });

  describe('when before a run', () => {
    const bench = FaultBench.use();

    test.sequential(`somebody removes the image after we looked (${TIMES} times)`, async () => {
      const words: string[] = [];
      for (let i = 0; i < TIMES; i += 1) {
        const path = `/images/${IMAGE}?force=1`;
        bench.beforeRun = async () => void (await bench.engine.http.request('DELETE', path));
        words.push((await bench.start({ command: QUICK }).answer).word);
        bench.beforeRun = () => Promise.resolve();
        await bench.load();
        words.push((await bench.start({ command: QUICK }).answer).word);
      }
      expect(words).toEqual(words.map((_, i) => (i % 2 === 0 ? 'IMAGE_NOT_FOUND' : 'exited')));
      expect(await bench.leftovers()).toEqual([]);
    });
  });

  test(`when our own disk is full (${TIMES} times)`, async ({ annotate }) => {
    const random = generator(SEED);
    const rooms = Array.from({ length: TIMES }, () => random(3_500_000));
    const calls = await callsOnSmallDisk(rooms);
    await annotate(`seed ${SEED}: ${JSON.stringify(calls)}`);
    const full = { told: 'DISK_FULL', where: 'local', left: [] };
    // One more without room for another folder, and one with room for all.
    const expected = [...rooms.map(() => full), full, { told: 'exited', left: [] }];
    expect(calls).toMatchObject(expected);
    expect(Math.max(...calls.map(({ ms }) => ms))).toBeLessThan(ANSWER_MS);
  });
});

async function endsOf(runs: readonly FaultyRun[]): Promise<readonly string[]> {
  const answers = await Promise.all(runs.map(({ answer }) => answer));
  return answers.map(({ word, result }) => `${word} ${result?.exitCode} ${result?.signal}`);
}
