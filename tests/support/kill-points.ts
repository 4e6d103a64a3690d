/** Kills of processes at drawn points, several side by side. */
import type { Random } from './fault-injection.js';

const AT_ONCE = 4;

export interface Draw {
  readonly times: number;
  readonly random: Random;
}

/** Does it at every point, and at drawn ones until it was done so many times. */
export async function atPoints<Point, Killed>(
  points: readonly Point[],
  { times, random }: Draw,
  kill: (point: Point) => Promise<Killed>,
): Promise<readonly Killed[]> {
  const waiting = Array.from(
    { length: times },
    (_, i) => points[i] ?? points[random(points.length)],
  );
  const killed: Killed[] = [];
  const killNext = async (): Promise<void> => {
    for (let point = waiting.pop(); point !== undefined; point = waiting.pop()) {
      killed.push(await kill(point));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, killNext));
  return killed;
}
