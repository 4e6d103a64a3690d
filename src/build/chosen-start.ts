import { posix } from 'node:path';
import type { BuildPlan, Detection, Language, ServerStart } from '../core/build-plan.js';
import { invalidInput } from '../core/options.js';

/** How a file of each language is run; the others start what a build makes. */
const INTERPRETERS: Readonly<Partial<Record<Language, string>>> = {
  node: 'node',
  python: '/app/.venv/bin/python',
};

/**
 * The detection with the start that the caller names: a file of the server's folder. What was
 * detected stays as an alternative.
 *
 * @param entrypoint relative to the server's folder, `/` between its parts
 * @throws {SlipwayError} `INVALID_INPUT` for a language whose programs are compiled
 */
export function startedBy(found: Detection, entrypoint: string): Detection {
  if (found.kind !== 'server') return found;
  return { ...found, plan: withStart(found.plan, entrypoint) };
}

function withStart(plan: BuildPlan, entrypoint: string): BuildPlan {
  const interpreter = INTERPRETERS[plan.language];
  if (interpreter === undefined) {
    const hint = 'Leave it out: the build makes one program.';
    throw invalidInput('serverType.entrypoint', 'is for Node and Python', entrypoint, hint);
  }
  const file = posix.join(plan.workingDirectory, entrypoint);
  const chosen: ServerStart = {
    start: [interpreter, file],
    args: plan.args,
    transport: plan.transport,
    environment: plan.environment,
    source: 'serverType.entrypoint',
  };
  const { start, args, transport, environment, source } = plan;
  const evidence = {
    field: 'start',
    value: entrypoint,
    source: 'serverType.entrypoint',
    reason: 'the caller named it',
  };
  return {
    ...plan,
    ...chosen,
    alternatives: [{ start, args, transport, environment, source }, ...plan.alternatives],
    evidence: [evidence, ...plan.evidence],
  };
}
