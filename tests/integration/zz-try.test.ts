import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'vitest';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { once } from 'node:events';
import { FaultBench } from '../support/fault-bench.js';
const bench = FaultBench.use();
const say = (text: string) => process.stderr.write(`ZZ ${text}\n`);
test('x', async () => {
  for (const jump of ['+3600', '-3600', '+86400', '-86400', '+3600', '-3600', '+7200', '-7200', '+600', '-600']) {
    await writeFile('/tmp/pe/ft/t', '+0');
    const began = performance.now();
    const job = { method: 'executeContainer', config: { image: 'busybox:1.36', command: ['sleep', '600'], timeoutMs: 2500 } };
    const child = spawn(process.execPath, ['tests/support/slipway-child.mjs', JSON.stringify(job)], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, DOCKER_HOST: bench.engine.dockerHost, XDG_STATE_HOME: '/tmp/pe/ft', LD_PRELOAD: process.env['FAKELIB'], DONT_FAKE_MONOTONIC: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1', FAKETIME_NO_CACHE: '1', FAKETIME_TIMESTAMP_FILE: '/tmp/pe/ft/t' },
    });
    const out = text(child.stdout);
    const ended = once(child, 'close');
    await delay(1800);
    await writeFile('/tmp/pe/ft/t', jump);
    await delay(600);
    const running = await bench.engine.http.request('GET', '/containers/json');
    await ended;
    say(`${jump} running ${JSON.stringify(running.body).length > 2} ${(await out).replaceAll('\n', ' ')} ${Math.round(performance.now() - began)} ms left ${(await bench.leftovers()).length}`);
  }
});
