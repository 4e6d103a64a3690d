import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installationKey } from '../../src/engine/installation-key.js';
import { newInstance } from '../../src/engine/instance.js';
import { containersWithLabel } from '../support/engine-view.js';
import { MovedClock, type Round } from '../support/moved-clock.js';
import { endedInstance, Planting } from '../support/planting.js';
import { generator } from '../support/random.js';

const HOUR_S = 3600;
const HALF_AN_HOUR = 1_800_000;
/** The moves of the clocks of processes that work side by side, in seconds. */
const MOVES = [
  [HOUR_S, -HOUR_S, -HOUR_S],
  [-HOUR_S, HOUR_S, HOUR_S],
  [HOUR_S, HOUR_S, -HOUR_S],
  [-HOUR_S, -HOUR_S, HOUR_S],
] as const;
/** Where in the rounds the clocks are moved; see `fault-injection.ts`. */
const SEED = Number(process.env['SLIPWAY_FAULT_SEED'] ?? Date.now() % 1_000_000);
/** No round is shorter: one of its two programs is ended after this. */
const SHORTEST_MS = 1500;
/** How long each of the two may run, as the engine tells: on a busy machine it tells late. */
const RUNS_MS = [
  [0, 8000],
  [SHORTEST_MS, 8000],
] as const;
const SWEPT_WITHIN_MS = 10_000;

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-test-clock-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What became of one process, in the order of its moves. */
async function movedAround(
  moves: readonly number[],
  random: (limit: number) => number,
): Promise<readonly unknown[]> {
  const own = await mkdtemp(join(folder, 'process-'));
  await using planting = new Planting(() => installationKey(join(own, 'slipway')));
  await using clock = await MovedClock.start(own);
  const needed = [
    await planting.plant({ deadline: Date.now() + HALF_AN_HOUR }),
    await planting.plant({ deadline: Date.now() - HALF_AN_HOUR, instance: newInstance() }),
  ];
  const seen: unknown[] = [];
  for (const move of moves) {
    const leftOver = [
      await planting.plant({ deadline: Date.now() - HALF_AN_HOUR }),
      await planting.plant({ deadline: Date.now() + HALF_AN_HOUR, instance: endedInstance() }),
    ];
    const mark = randomBytes(8).toString('hex');
    const { ended } = await clock.begin(mark);
    await delay(random(SHORTEST_MS));
    await clock.move(move);
    const verdicts = verdictsOf(await ended);
    await expect.poll(() => planting.left(...leftOver), { timeout: SWEPT_WITHIN_MS }).toEqual([]);
    const lost = needed.length - (await planting.left(...needed)).length;
    seen.push({ ...verdicts, lost, left: await containersWithLabel(`slipway.test=${mark}`) });
  }
  return seen;
}

function verdictsOf({ heard, movedMs }: Round): object {
  return {
    movedS: Math.round(movedMs / 1000),
    heard: heard.map(({ timings: _timings, ...verdict }) => verdict),
    wrongTimes: heard.flatMap(({ timings }, i) => {
      const [least, most] = RUNS_MS[i] ?? [0, 0];
      const all = Object.entries(timings).filter(([, ms]) => ms < 0 || ms > most);
      return (timings['runMs'] ?? 0) < least ? [...all, ['runMs', timings['runMs']]] : all;
    }),
  };
}

describe(`a wall clock that is moved by an hour (${MOVES.flat().length} times)`, () => {
  test('changes no verdict and no time limit, and no sweep', async ({
    annotate,
    onTestFinished,
  }) => {
    const random = generator(SEED);
    const processes = MOVES.map((moves) => movedAround(moves, random));
    // When one fails, the others still have to take away what they planted.
    onTestFinished(async () => void (await Promise.allSettled(processes)));
    const seen = await Promise.all(processes);
    await annotate(`seed ${SEED}: ${JSON.stringify(seen)}`);
    expect(seen).toEqual(
      MOVES.map((moves) =>
        moves.map((movedS) => ({
          movedS,
          heard: [
            { status: 'exited', exitCode: 7, stdout: 'begun\ndone\n', cleanup: 'removed' },
            { status: 'timed_out', exitCode: null, stdout: 'begun\n', cleanup: 'removed' },
          ],
          wrongTimes: [],
          lost: 0,
          left: [],
        })),
      ),
    );
  });
});
