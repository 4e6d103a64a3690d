import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { DockerBuildConfig } from '../../../src/build/types.js';
import { ImagePushError, SlipwayError } from '../../../src/core/errors.js';
import { buildPlan } from '../../support/build-plan.js';
import { buildResultOf } from '../../support/build-result.js';
import { buildFailed, building, failing, notAServer } from './build-line.js';

describe('slipway build --json', () => {
  it('prints one object, and nothing else on standard output', async () => {
    const { run } = building(
      {},
      {
        builder: {
          buildImage: async ({ onEvent }) => {
            onEvent?.({ type: 'cached', imageId: 'x' });
            onEvent?.({ type: 'log', text: 'noise' });
            return buildResultOf();
          },
        },
      },
    );
    const { stdout, stderr } = await run('.', '--json');
    expect(stderr).toBe('Nothing changed since the last build\n');
    expect(JSON.parse(stdout)).toEqual({
      status: 'works',
      imageTag: 'mcp-small:latest',
      imageId: `sha256:${'a'.repeat(64)}`,
      digest: null,
      size: 1024 * 1024,
      buildTimeMs: 1500,
      cached: false,
      plan: buildPlan(),
      probe: {
        era: 'initialize',
        protocolVersion: '2025-11-25',
        transport: 'stdio',
        tools: ['greet', 'part'],
        missing: [],
        reason: null,
        stderrTail: 'ready\n',
      },
      warnings: ['Something to know.'],
      dockerfile: 'FROM node:24-slim\n',
      dockerfileSource: 'generated',
    });
  });

  it.each<[string, Error, number, object]>([
    [
      'a failed build',
      buildFailed,
      1,
      {
        status: 'broken',
        probe: { reason: buildFailed.message, stderrTail: 'npm error no lock\n' },
      },
    ],
    ['no server', notAServer, 4, { status: 'unsupported', probe: { reason: notAServer.message } }],
  ])('makes a verdict of %s', async (_what, error, exitCode, report) => {
    const done = await failing(error).run('.', '--json');
    expect(done.exitCode).toBe(exitCode);
    const printed: unknown = JSON.parse(done.stdout);
    expect(printed).toMatchObject({ imageTag: null, imageId: null, cached: false, ...report });
    const fields = Object.keys(z.looseObject({}).parse(printed));
    expect(fields.sort().join(' ')).toBe(
      'buildTimeMs cached digest dockerfile dockerfileSource imageId imageTag plan probe size status warnings',
    );
    expect(done.stderr).toContain(error.message);
  });

  it('has the plan and the Dockerfile of a build that failed', async () => {
    const plan = buildPlan({ language: 'go' });
    const buildImage = async ({ onEvent }: DockerBuildConfig): Promise<never> => {
      onEvent?.({
        type: 'detected',
        detection: { kind: 'server', plan, dockerfile: null, others: [] },
      });
      onEvent?.({ type: 'fallback', reason: 'The first one failed.' });
      onEvent?.({
        type: 'dockerfile',
        source: { kind: 'generated', language: 'go' },
        text: 'FROM x',
      });
      throw buildFailed;
    };
    const { stdout } = await building({}, { builder: { buildImage } }).run('.', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      plan,
      dockerfile: 'FROM x',
      dockerfileSource: 'generated',
      warnings: ['The first one failed.'],
    });
  });

  it('prints an error that says nothing about the repository as that', async () => {
    const error = new SlipwayError('DISK_FULL', {
      message: 'Full.',
      hint: 'Free some.',
      context: { where: 'engine' },
    });
    const { stdout, exitCode } = await failing(error).run('.', '--json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'DISK_FULL', message: 'Full.' } });
  });
});

describe('slipway build --push', () => {
  it.each(['works', 'built'] as const)('pushes what %s, and gives the digest', async (status) => {
    const { run, pushes } = building({ status });
    const { stdout } = await run('.', '--push', 'r.example/team', '--json');
    expect(pushes).toEqual([['mcp-small:latest', 'r.example/team']]);
    expect(JSON.parse(stdout)).toMatchObject({ digest: 'r.example/x@sha256:1' });
  });

  it.each(['needs_config', 'broken', 'unsupported'] as const)(
    'pushes nothing that is %s, and says so',
    async (status) => {
      const { run, pushes } = building({ status });
      const { stdout } = await run('.', '--push', 'r.example');
      expect(pushes).toEqual([]);
      expect(stdout).toContain(`warning: Not pushed: the status is ${status}.`);
    },
  );

  it('keeps the verdict when the push fails, and exits with 1', async () => {
    const failure = new ImagePushError({
      message: 'The registry did not take it.',
      hint: 'Log in.',
      context: { image: 'x', reason: 'login_needed' },
    });
    const { run } = building({}, { builder: { pushImage: () => Promise.reject(failure) } });
    const { stdout, stderr, exitCode } = await run('.', '--push', 'r.example', '--json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'works',
      digest: null,
      warnings: ['Something to know.', 'Not pushed: The registry did not take it. Log in.'],
    });
    expect(stderr).toContain('The registry did not take it.');
  });
});
