import { describe, expect, it } from 'vitest';
import { SlipwayError } from '../../../src/core/errors.js';
import { TOOLS } from '../../../src/tools/registry.js';
import { call, contextOf } from './tool-context.js';

const unreachable = new SlipwayError('ENGINE_UNREACHABLE', {
  message: 'Docker is not reachable (tried unix:///var/run/docker.sock: ENOENT).',
  hint: 'Start Docker, then try again.',
  context: { tried: [] },
});

const VALID_ARGUMENTS: Readonly<Record<string, Record<string, unknown>>> = {
  execute_docker_container: { image: 'busybox' },
  build_and_execute_github_repo: { repo_url: 'https://github.com/org/repo' },
  execute_with_payload: { image: 'busybox', payload: 'x' },
  list_running_containers: {},
  stop_container: { container_id: 'abc' },
  pull_docker_image: { image: 'busybox' },
};

describe('every tool', () => {
  const names = TOOLS.map((tool) => tool.name);

  it.each(names)('%s names an unknown argument and lists the known ones', async (name) => {
    const { output, isError } = await call(name, { ...VALID_ARGUMENTS[name], imagee: 'busybox' });
    expect(isError).toBe(true);
    expect(output['error_message']).toContain('Unrecognized key: "imagee"');
    expect(output['error_message']).toContain('Nothing was started.');
  });

  it.each(names)('%s answers bad arguments with a complete result', async (name) => {
    const tool = TOOLS.find((candidate) => candidate.name === name);
    const { output } = await call(name, ['not', 'an', 'object']);
    expect(tool?.output.safeParse(output).error).toBeUndefined();
    expect(output['success']).toBe(false);
  });

  it.each(names)('%s tells what is wrong and what to do when there is no engine', async (name) => {
    const fail = () => Promise.reject(unreachable);
    const context = contextOf({
      executeContainer: fail,
      executeWithPayload: fail,
      buildAndExecuteGitHubRepo: fail,
      listRunningContainers: fail,
      stopContainer: fail,
      pullImage: fail,
    });
    const tool = TOOLS.find((candidate) => candidate.name === name);
    const { output, isError } = await call(name, VALID_ARGUMENTS[name], context);
    expect(isError).toBe(true);
    expect(output['error_message']).toBe(`${unreachable.message} ${unreachable.hint}`);
    expect(tool?.output.strict().safeParse(output).error).toBeUndefined();
  });

  it.each(names)('%s hides the text of an error that is not ours', async (name) => {
    const { output, isError } = await call(name, VALID_ARGUMENTS[name]);
    expect(isError).toBe(true);
    expect(output['error_message']).toContain('Slipway failed unexpectedly');
    expect(JSON.stringify(output)).not.toContain('was called');
  });

  it('rejects with the reason when the caller went away, because nobody reads a result', async () => {
    const gone = AbortSignal.abort(new Error('gone'));
    await expect(
      call('list_running_containers', {}, contextOf({}, { signal: gone })),
    ).rejects.toThrow('gone');
  });
});
