import { describe, expect, test } from 'vitest';
import { RESTARTS } from '../support/engine-restarts.js';
import { FaultBench } from '../support/fault-bench.js';
import { injectAll, SEED, TIMES } from '../support/fault-injection.js';

const PARKING = { containers: 4, memoryBytes: 2 ** 30, idleMs: 60_000, always: true };

/** Each has an engine of its own: most of their time they wait. */
describe.concurrent.each(RESTARTS)('while containers wait and $what', ({ begin, ...fault }) => {
  const bench = FaultBench.use(undefined, PARKING);

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
