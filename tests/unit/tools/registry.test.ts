import { describe, expect, it } from 'vitest';
import { selectTools, TOOLS } from '../../../src/tools/registry.js';

const ALL = TOOLS.map((tool) => tool.name);

const namesOf = (...selection: Parameters<typeof selectTools>): readonly string[] =>
  selectTools(...selection).map((tool) => tool.name);

describe('the tools an operator leaves on', () => {
  it('are all of them when nothing is said', () => {
    expect(namesOf({})).toEqual(ALL);
  });

  it('are those that change nothing when only reading is permitted', () => {
    expect(namesOf({ readOnly: true })).toEqual(['list_running_containers']);
  });

  it('are the named ones, in the order that clients know', () => {
    const names = ['stop_container', 'execute_docker_container', 'stop_container'];
    expect(namesOf({ names })).toEqual(['execute_docker_container', 'stop_container']);
  });

  it('build nothing when building is off', () => {
    expect(namesOf({ build: false })).toEqual(
      ALL.filter((name) => name !== 'build_and_execute_github_repo'),
    );
  });

  it('are what every switch leaves', () => {
    const names = ['list_running_containers', 'stop_container', 'build_and_execute_github_repo'];
    expect(namesOf({ names, build: false })).toEqual(['list_running_containers', 'stop_container']);
    expect(namesOf({ names, readOnly: true })).toEqual(['list_running_containers']);
    expect(namesOf({ names: ['stop_container'], readOnly: true })).toEqual([]);
  });
});
