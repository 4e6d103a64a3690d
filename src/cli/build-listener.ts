import type { BuildEvent } from '../build/types.js';
import { buildProgressPrinter } from './build-output.js';
import type { HeardOfBuild } from './build-report.js';
import type { CliEnvironment } from './environment.js';

/** Tells what happens, and keeps what the report of a failure is made from. */
export interface BuildListener {
  readonly onEvent: (event: BuildEvent) => void;
  readonly heard: () => HeardOfBuild;
}

export function hearBuild(environment: Pick<CliEnvironment, 'stderr'>): BuildListener {
  const print = buildProgressPrinter(environment);
  let heard: HeardOfBuild = { plan: null, dockerfile: null, dockerfileSource: null, warnings: [] };
  return {
    onEvent: (event) => {
      print(event);
      heard = { ...heard, ...newsOf(event, heard) };
    },
    heard: () => heard,
  };
}

function newsOf(event: BuildEvent, { warnings }: HeardOfBuild): Partial<HeardOfBuild> {
  if (event.type === 'detected') {
    return { plan: event.detection.kind === 'server' ? event.detection.plan : null };
  }
  if (event.type === 'dockerfile') {
    return { dockerfile: event.text, dockerfileSource: event.source.kind };
  }
  return event.type === 'fallback' ? { warnings: [...warnings, event.reason] } : {};
}
