import { describe, expect, it } from 'vitest';
import type { DeployFromGitHubConfig } from '../../../src/build/deploy.js';
import type { BuildResult } from '../../../src/build/types.js';
import type { Detection } from '../../../src/core/build-plan.js';
import { DockerBuildError, SlipwayError } from '../../../src/core/errors.js';
import type { Builder } from '../../../src/tools/builder.js';
import type { ToolProgress } from '../../../src/tools/progress.js';
import { buildPlan } from '../../support/build-plan.js';
import { buildResultOf, probeResultOf } from '../../support/build-result.js';
import { scriptedBuilder } from '../../support/scripted-builder.js';
import { call, contextOf } from './tool-context.js';

const URL = 'https://github.com/org/repo';
const COMMIT = 'c'.repeat(40);

const EVIDENCE = { field: 'start', value: 'index.js', source: 'package.json', reason: 'bin' };

const withBuilder = (script: Partial<Builder>, more = {}) =>
  contextOf({}, { builder: scriptedBuilder(script), ...more });

describe('build_mcp_server', () => {
  function building(build: Partial<BuildResult>, detection?: Detection) {
    const asked: DeployFromGitHubConfig[] = [];
    const deployFromGitHub: Builder['deployFromGitHub'] = async (config) => {
      asked.push(config);
      config.onEvent?.({ type: 'cloning', repository: config.repositoryUrl });
      if (detection !== undefined) config.onEvent?.({ type: 'detected', detection });
      config.onEvent?.({
        type: 'building',
        progress: { step: 2, steps: 4, message: 'RUN npm ci', cached: false },
      });
      config.onEvent?.({ type: 'log', text: 'noise' });
      const result = buildResultOf(build);
      const { metadata } = result;
      return { commit: COMMIT, metadata, build: result, pushed: null, server: null };
    };
    return { asked, deployFromGitHub };
  }

  const SERVER: Detection = {
    kind: 'server',
    plan: buildPlan({ evidence: [EVIDENCE] }),
    dockerfile: null,
    others: [],
  };

  it('tells the image, the proof, and what it rests on', async () => {
    const { asked, deployFromGitHub } = building({}, SERVER);
    const args = {
      repo_url: URL,
      branch: 'v1',
      subdir: 'server',
      deployment_id: 'mine',
      environment: { API_KEY: 'k' },
      args: ['--verbose'],
      dockerfile_path: 'Dockerfile',
      context_path: '.',
      build_args: { A: 'b' },
      build_timeout: 60,
    };
    const { output, isError } = await call(
      'build_mcp_server',
      args,
      withBuilder({ deployFromGitHub }),
    );
    expect(isError).toBe(false);
    expect(output).toMatchObject({
      success: true,
      error_message: null,
      status: 'works',
      image: 'mcp-small:latest',
      image_id: `sha256:${'a'.repeat(64)}`,
      build_time: 1.5,
      commit: COMMIT,
      needs_config: [],
      tools: ['greet', 'part'],
      transport: 'stdio',
      protocol_version: '2025-11-25',
      dockerfile_source: 'generated',
      warnings: ['Something to know.'],
      plan: { language: 'node' },
      evidence: [EVIDENCE],
      stderr: 'ready\n',
      dockerfile: 'FROM node:24-slim\n',
    });
    const [{ signal, onEvent, ...config } = { repositoryUrl: '' }] = asked;
    expect(signal).toBeInstanceOf(AbortSignal);
    expect(onEvent).toBeTypeOf('function');
    expect(config).toEqual({
      repositoryUrl: URL,
      ref: 'v1',
      subdir: 'server',
      deploymentId: 'mine',
      env: { API_KEY: 'k' },
      args: ['--verbose'],
      dockerfilePath: 'Dockerfile',
      contextPath: '.',
      buildArgs: { A: 'b' },
      timeoutMs: 60_000,
    });
  });

  it('gives no token away: which host a repository is on is for the caller to choose', async () => {
    const { asked, deployFromGitHub } = building({});
    await call('build_mcp_server', { repo_url: URL }, withBuilder({ deployFromGitHub }));
    expect(asked[0]).not.toHaveProperty('token');
  });

  it('reports its steps', async () => {
    const heard: ToolProgress[] = [];
    const { deployFromGitHub } = building({}, SERVER);
    const report = (progress: ToolProgress) => heard.push(progress);
    const context = withBuilder({ deployFromGitHub }, { report });
    await call('build_mcp_server', { repo_url: 'https://user:secret@github.com/o/r' }, context);
    expect(heard).toEqual([
      { phase: 'Cloning https://github.com/o/r' },
      { phase: 'Planning the build' },
      {
        phase: 'Building',
        detail: 'step 2/4 RUN npm ci',
        amount: { done: 1000, total: 4000 },
      },
    ]);
  });

  it('names what a server asks for, and keeps the image', async () => {
    const probe = probeResultOf({
      status: 'needs_config',
      tools: [],
      missing: ['API_KEY'],
      reason: 'It asks for API_KEY.',
    });
    const { deployFromGitHub } = building({ status: 'needs_config', probe });
    const context = withBuilder({ deployFromGitHub });
    const { output, isError } = await call('build_mcp_server', { repo_url: URL }, context);
    expect(isError).toBe(false);
    expect(output).toMatchObject({
      success: false,
      status: 'needs_config',
      image: 'mcp-small:latest',
      needs_config: ['API_KEY'],
    });
    expect(output['error_message']).toMatch(/^It asks for API_KEY\. Call again .*environment/);
  });

  it('says why a server that does not answer is broken: a result, not an error', async () => {
    const probe = probeResultOf({
      status: 'broken',
      tools: [],
      reason: 'It ended with exit code 1.',
      stderrTail: 'Error: no such module\n',
    });
    const { deployFromGitHub } = building({ status: 'broken', imageTag: null, probe });
    const context = withBuilder({ deployFromGitHub });
    const { output, isError } = await call('build_mcp_server', { repo_url: URL }, context);
    expect(isError).toBe(false);
    expect(output).toMatchObject({
      success: false,
      status: 'broken',
      image: null,
      image_id: null,
      stderr: 'Error: no such module\n',
    });
    expect(output['error_message']).toMatch(/^It ended with exit code 1\./);
  });

  it('tells the plan and the end of the log of a build that failed', async () => {
    const deployFromGitHub: Builder['deployFromGitHub'] = async ({ onEvent }) => {
      onEvent?.({ type: 'detected', detection: SERVER });
      onEvent?.({
        type: 'dockerfile',
        source: { kind: 'generated', language: 'node' },
        text: 'FROM x\n',
      });
      onEvent?.({ type: 'fallback', reason: 'The first way failed.' });
      throw new DockerBuildError('BUILD_FAILED', {
        message: 'The build failed at step 2.',
        hint: 'Read the log.',
        context: { step: 'RUN npm ci', exitCode: 1, log: 'npm \u001B[31merror\n' },
      });
    };
    const context = withBuilder({ deployFromGitHub });
    const { output, isError } = await call('build_mcp_server', { repo_url: URL }, context);
    expect(isError).toBe(true);
    expect(output).toMatchObject({
      success: false,
      status: 'broken',
      plan: { language: 'node' },
      evidence: [EVIDENCE],
      warnings: ['The first way failed.'],
      dockerfile_source: 'generated',
      dockerfile: 'FROM x\n',
      stderr: 'npm error\n',
    });
    expect(output['error_message']).toMatch(/^The build failed at step 2\. .*stderr/);
  });

  it('says that a repository without a server is not supported', async () => {
    const error = new SlipwayError('NOT_A_SERVER', {
      message: 'No MCP server was found: it is a library.',
      hint: 'Name its folder with subdir.',
      context: { reason: 'it is a library' },
    });
    const context = withBuilder({ deployFromGitHub: () => Promise.reject(error) });
    const { output, isError } = await call('build_mcp_server', { repo_url: URL }, context);
    expect(isError).toBe(true);
    expect(output).toMatchObject({ status: 'unsupported', image: null });
  });

  it('has no verdict on a repository that could not be built for another reason', async () => {
    const error = new SlipwayError('ENGINE_UNREACHABLE', {
      message: 'Docker is not reachable.',
      hint: 'Start it.',
      context: { tried: [] },
    });
    const context = withBuilder({ deployFromGitHub: () => Promise.reject(error) });
    const { output, isError } = await call('build_mcp_server', { repo_url: URL }, context);
    expect(isError).toBe(true);
    expect(output).toMatchObject({
      status: null,
      error_message: 'Docker is not reachable. Start it.',
    });
  });

  it('is silent when its caller went away, also for a build that failed of it', async () => {
    const gone = new AbortController();
    const deployFromGitHub = async () => {
      gone.abort(new Error('gone'));
      throw new DockerBuildError('BUILD_FAILED', {
        message: 'The build was cut.',
        hint: 'Again.',
        context: { step: null, exitCode: null, log: '' },
      });
    };
    const context = withBuilder({ deployFromGitHub }, { signal: gone.signal });
    await expect(call('build_mcp_server', { repo_url: URL }, context)).rejects.toThrow('gone');
  });

  it('does not repeat values that may be secret', async () => {
    const args = { repo_url: URL, environment: { A: 7 }, args: ['--token=hunter2', 7] };
    const { output } = await call('build_mcp_server', args);
    expect(output['error_message']).toContain('args');
    expect(JSON.stringify(output)).not.toContain('hunter2');
  });
});
