import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'vitest';
import { at, FaultBench } from '../support/fault-bench.js';
const bench = FaultBench.use();
const say = (text: string) => process.stderr.write(`ZZ ${text}\n`);
test('x', async () => {
  for (let i = 0; i < 14; i += 1) {
    const run = bench.start();
    await at(run, { phase: (['create', 'start'] as const)[i % 2] ?? 'run', ms: (i >> 1) * 6 });
    const ended = bench.engine.end('SIGTERM');
    const { word, result, error } = await run.answer;
    await ended;
    await bench.engine.boot();
    await delay(2500);
    const v = await bench.engine.http.request('GET', '/volumes');
    const c = await bench.engine.http.request('GET', '/containers/json?all=1');
    say(`${i} ${word} ${String(error)} ${result?.exitCode} ${result?.cleanup} ${JSON.stringify(v.body).length} ${JSON.stringify(c.body).length}`);
  }
});
