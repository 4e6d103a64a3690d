import { describe, expect, it } from 'vitest';
import { selectTools, TOOLS } from '../../../src/tools/registry.js';

const ALL = TOOLS.map((tool) => tool.name);

const namesOf = async (...selection: Parameters<typeof selectTools>): Promise<readonly string[]> =>
  (await selectTools(...selection)).map((tool) => tool.name);

describe('the tools an operator leaves on', () => {
  it('are all of them when nothing is said', async () => {
    expect(await namesOf({})).toEqual(ALL);
  });

  it('are those that change nothing when only reading is permitted', async () => {
    expect(await namesOf({ readOnly: true })).toEqual(['list_running_containers']);
  });

  it('are the named ones, in the order that clients know', async () => {
    const names = ['stop_container', 'execute_docker_container', 'stop_container'];
    expect(await namesOf({ names })).toEqual(['execute_docker_container', 'stop_container']);
  });

  it('build nothing when building is off', async () => {
    expect(await namesOf({ build: false })).toEqual(
      ALL.filter((name) => name !== 'build_and_execute_github_repo'),
    );
  });

  it('are what every switch leaves', async () => {
    const names = ['list_running_containers', 'stop_container', 'build_and_execute_github_repo'];
    expect(await namesOf({ names, build: false })).toEqual([
      'list_running_containers',
      'stop_container',
    ]);
    expect(await namesOf({ names, readOnly: true })).toEqual(['list_running_containers']);
    expect(await namesOf({ names: ['stop_container'], readOnly: true })).toEqual([]);
  });

  const INSPECT = ['container_logs', 'container_stats', 'list_images', 'read_output'];
  const JOBS = ['start_job', 'job_status', 'job_result', 'cancel_job'];

  it('are more with a toolset, after those that are always there', async () => {
    expect(await namesOf({ toolsets: ['jobs', 'inspect'] })).toEqual([...ALL, ...INSPECT, ...JOBS]);
  });

  it('are a toolset beside the named ones', async () => {
    expect(await namesOf({ names: ['stop_container'], toolsets: ['inspect'] })).toEqual([
      'stop_container',
      ...INSPECT,
    ]);
  });

  it('can be one of a toolset by its name', async () => {
    expect(await namesOf({ names: ['read_output', 'execute_docker_container'] })).toEqual([
      'execute_docker_container',
      'read_output',
    ]);
  });

  it('change and build nothing in toolsets either, where that is off', async () => {
    expect(await namesOf({ toolsets: ['inspect', 'builder'], readOnly: true })).toEqual([
      'list_running_containers',
      ...INSPECT,
      'detect_repository',
    ]);
    expect(await namesOf({ toolsets: ['builder'], build: false })).toEqual([
      ...ALL.filter((name) => name !== 'build_and_execute_github_repo'),
      'detect_repository',
    ]);
  });

  it('have no way to look at jobs where none can be started', async () => {
    expect(await namesOf({ toolsets: ['jobs'], readOnly: true })).toEqual([
      'list_running_containers',
    ]);
    expect(await namesOf({ names: ['job_status', 'stop_container'] })).toEqual(['stop_container']);
  });
});
