import { describe, expect, it } from 'vitest';
import { startedBy } from '../../../src/build/chosen-start.js';
import type { BuildPlan, Detection } from '../../../src/core/build-plan.js';
import { buildPlan } from '../../support/build-plan.js';

function started(plan: BuildPlan, entrypoint: string): BuildPlan {
  const found = startedBy({ kind: 'server', plan, dockerfile: null, others: [] }, entrypoint);
  if (found.kind !== 'server') throw new Error('It is no server any more.');
  return found.plan;
}

describe('a start that the caller names', () => {
  it('is a file of the server’s folder in the image', () => {
    const plan = buildPlan({ workingDirectory: '/app/packages/a', args: ['serve'] });
    expect(started(plan, 'dist/main.js')).toMatchObject({
      start: ['node', '/app/packages/a/dist/main.js'],
      args: ['serve'],
      source: 'serverType.entrypoint',
    });
  });

  it.each<[Partial<BuildPlan>, readonly string[]]>([
    [{ language: 'python', start: ['/app/.venv/bin/tool'] }, ['/app/.venv/bin/python', '/app/x']],
    [{ start: ['node', '--import', 'tsx', '/app/a.ts'] }, ['node', '--import', 'tsx', '/app/x']],
    [{ start: ['/app/node_modules/.bin/tool'] }, ['node', '/app/x']],
  ])('is run by what runs such files, case %#', (changes, start) => {
    expect(started(buildPlan(changes), 'x').start).toEqual(start);
  });

  it('keeps what was detected as an alternative, and says who named it', () => {
    const plan = buildPlan();
    const { start, args, transport, environment, source } = plan;
    const { alternatives, evidence } = started(plan, 'x.js');
    expect(alternatives).toEqual([{ start, args, transport, environment, source }]);
    expect(evidence[0]).toMatchObject({ field: 'start', value: 'x.js' });
  });

  it('ends as one word, whatever it is called', () => {
    expect(started(buildPlan(), 'a "; rm -rf .js').start).toEqual(['node', '/app/a "; rm -rf .js']);
  });

  it.each(['go', 'rust', 'java', 'dotnet'] as const)('is refused for %s', (language) => {
    expect(() => started(buildPlan({ language }), 'main')).toThrow(
      'serverType.entrypoint is for Node and Python',
    );
  });

  it('changes nothing where there is no plan', () => {
    const found: Detection = { kind: 'unsupported', reason: 'A library.', evidence: [] };
    expect(startedBy(found, 'x.js')).toBe(found);
  });
});
