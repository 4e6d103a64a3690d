import { posix } from 'node:path';
import type { BuildPlan, Detection, ServerStart } from '../core/build-plan.js';
import { invalidInput } from '../core/options.js';
import { environmentFolder } from '../detection/python/install.js';

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
  const interpreter = interpreterOf(plan);
  if (interpreter === undefined) {
    const hint = 'Leave it out: the build makes one program.';
    throw invalidInput('serverType.entrypoint', 'is for Node and Python', entrypoint, hint);
  }
  const file = posix.join(plan.workingDirectory, entrypoint);
  const chosen: ServerStart = {
    start: [...interpreter, file],
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

/** What runs a file of the language; the others start what a build makes. */
function interpreterOf({ language, start }: BuildPlan): readonly string[] | undefined {
  if (language === 'python') return [`${environmentFolder}/bin/python`];
  if (language !== 'node') return undefined;
  // With the options of the detected start: `--import tsx` lets node read TypeScript.
  return start[0] === 'node' ? start.slice(0, -1) : ['node'];
}
