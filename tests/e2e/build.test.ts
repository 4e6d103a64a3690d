/** `slipway build` as its users call it: the built program, on the real engine. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesOf, fixture } from '../support/builder.js';
import { askEngine } from '../support/engine-view.js';
import { serveRepository, type ServedRepository } from '../support/git-server.js';
import { NO_ENGINE, slipway } from '../support/slipway-process.js';

const BUILD_MS = 400_000;
const TAG = `mcp-e2e-${randomBytes(6).toString('hex')}:latest`;

let folder = '';
let policy = '';
let git: ServedRepository;

beforeAll(async () => {
  git = await serveRepository({ files: await filesOf('yarn') });
  folder = await mkdtemp(join(tmpdir(), 'slipway-e2e-'));
  policy = join(folder, 'policy.json');
  await writeFile(policy, JSON.stringify({ repositories: { hosts: [git.origin] } }), {
    mode: 0o600,
  });
});

afterAll(async () => {
  await git.close();
  await rm(folder, { recursive: true });
  await askEngine('DELETE', `/images/${TAG}`);
});

describe('slipway build', () => {
  test(
    'builds a folder, then says that nothing changed',
    async () => {
      const args = ['build', fixture('yarn'), '--tag', TAG, '--json'];
      const first = await slipway(args);
      expect(first.code).toBe(0);
      const report: unknown = JSON.parse(first.stdout);
      expect(report).toMatchObject({
        status: 'works',
        imageTag: TAG,
        digest: null,
        probe: {
          era: 'initialize',
          transport: 'stdio',
          tools: ['greet'],
          missing: [],
          reason: null,
        },
      });
      expect(first.stderr).toContain('Detected node');
      const second = await slipway(args);
      expect(second.code).toBe(0);
      expect(JSON.parse(second.stdout)).toMatchObject({ status: 'works', cached: true });
      expect(second.stderr).not.toContain('Step ');
    },
    BUILD_MS,
  );

  test(
    'builds a repository of a Git server',
    async () => {
      const done = await slipway(['build', git.url, '--policy', policy, '--tag', TAG]);
      expect(done.code).toBe(0);
      expect(done.stdout).toContain(`${TAG}: works`);
      expect(done.stdout).toContain('greet');
    },
    BUILD_MS,
  );

  test(
    'says with its exit code what is missing',
    async () => {
      const done = await slipway(['build', fixture('needs-config'), '--tag', TAG]);
      expect(done.code).toBe(3);
      expect(done.stdout).toContain('missing: GREET_TOKEN');
    },
    BUILD_MS,
  );

  test('ends with 4 for what is no server, and with 2 for what is no folder', async () => {
    const stub = await slipway(['build', fixture('stub'), '--json']);
    expect(stub.code).toBe(4);
    expect(JSON.parse(stub.stdout)).toMatchObject({ status: 'unsupported', imageTag: null });
    const nothing = await slipway(['build', join(folder, 'nothing')]);
    expect(nothing).toMatchObject({ code: 2, stdout: '' });
    expect(nothing.stderr).toContain('does not exist');
  });

  test('prints the Dockerfile and the plan without an engine', async () => {
    const text = await slipway(['build', fixture('uv'), '--print-dockerfile', ...NO_ENGINE]);
    expect(text.code).toBe(0);
    expect(text.stdout).toMatch(/^FROM python:.* AS build$/m);
    const plan = await slipway(['build', fixture('go'), '--plan', ...NO_ENGINE]);
    expect(JSON.parse(plan.stdout)).toMatchObject({ kind: 'server', plan: { language: 'go' } });
  });
});
