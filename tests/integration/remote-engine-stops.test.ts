import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CertificateAuthority } from '../support/certificates.js';
import { FaultBench, type Front } from '../support/fault-bench.js';
import { QUICK, SEED } from '../support/fault-injection.js';
import type { PrivateEngine } from '../support/private-engine.js';
import { generator } from '../support/random.js';
import { SshServer } from '../support/ssh-server.js';
import { TlsEngine } from '../support/tls-engine.js';

const STOPS = 2;
/** At random moments in each round. */
const RUNS = 5;
const ROUND_MS = 800;
/** What a call may be told: its program takes 300 ms, and can be done. */
const TOLD = ['exited', 'engine_lost', 'ENGINE_LOST', 'ENGINE_UNREACHABLE'];

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-test-ca-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function behindTls(engine: PrivateEngine): Promise<Front> {
  const authority = new CertificateAuthority(folder);
  const server = await TlsEngine.start(engine.socketPath, await authority.issue('IP:127.0.0.1'));
  const env = { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: folder };
  return {
    dockerHost: server.address,
    env,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function behindSsh(engine: PrivateEngine): Promise<Front> {
  const server = await SshServer.start();
  return {
    dockerHost: server.address(engine.socketPath),
    env: { PATH: `${server.bin}:${process.env['PATH']}` },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Such connections are kept between requests, and an engine that is stopped answers on those. */
describe.concurrent.each([
  ['TLS', behindTls],
  ['ssh', behindSsh],
] as const)('an engine behind %s that is stopped', (_what, front) => {
  const bench = FaultBench.use(front);

  test(`never passes for the end of a program (${STOPS} times, ${RUNS} runs)`, async ({
    annotate,
  }) => {
    const random = generator(SEED);
    const words: string[] = [];
    for (let stop = 0; stop < STOPS; stop += 1) {
      const runs = Array.from({ length: RUNS }, async () => {
        await delay(random(ROUND_MS));
        return bench.start().answer;
      });
      const endless = bench.start({ command: ['sleep', '60'] });
      await Promise.all([endless.reached('run'), delay(ROUND_MS)]);
      await bench.engine.end('SIGTERM');
      const { word: told, result } = await endless.answer;
      expect({ told, exitCode: result?.exitCode }).toEqual({ told: 'engine_lost', exitCode: null });
      const answers = await Promise.all(runs);
      words.push(...answers.map(({ word }) => word));
      expect(answers.flatMap((answer) => bench.untruths(answer))).toEqual([]);
      expect(answers.filter(({ word }) => !TOLD.includes(word))).toEqual([]);
      await bench.engine.boot();
      expect(await bench.leftovers()).toEqual([]);
      expect(await bench.start({ command: QUICK }).answer).toMatchObject({ word: 'exited' });
    }
    await annotate(`seed ${SEED}: ${words.join(' | ')}`);
    expect(words).toHaveLength(RUNS * STOPS);
  });
});
