import { stripControl } from '../core/text.js';
import { formatBytes, formatDuration } from '../core/units.js';
import type { BuildEvent } from '../build/types.js';
import type { BuildReport } from './build-report.js';
import type { CliEnvironment, TextOutput } from './environment.js';

/** Tells what is going on, one line for each thing that begins. */
export function buildProgressPrinter({
  stderr,
}: Pick<CliEnvironment, 'stderr'>): (event: BuildEvent) => void {
  let last = '';
  return (event) => {
    const line = lineOf(event);
    if (line !== undefined && line !== last) stderr.write(`${stripControl(line)}\n`);
    last = line ?? last;
  };
}

function lineOf(event: BuildEvent): string | undefined {
  switch (event.type) {
    case 'cloning':
      return `Cloning ${event.repository}`;
    case 'detected':
      return detectedLine(event.detection);
    case 'dockerfile':
      return event.source.kind === 'repository'
        ? `Using ${event.source.path} of the repository`
        : `Using a generated Dockerfile (${event.source.language})`;
    case 'pulling':
      return `Pulling ${event.image}`;
    case 'building': {
      const { step, steps, message, cached } = event.progress;
      return `Step ${step}/${steps} ${firstLine(message)}${cached ? ' (cached)' : ''}`;
    }
    case 'cached':
      return 'Nothing changed since the last build';
    case 'probing':
      return 'Starting the image and asking for its tools';
    case 'fallback':
      return event.reason;
    case 'pushing':
      return `Pushing ${event.image}`;
    case 'running':
      return `Running as ${event.container}`;
    case 'log':
    case 'probed':
      return undefined;
  }
}

function detectedLine(detection: Extract<BuildEvent, { type: 'detected' }>['detection']): string {
  if (detection.kind !== 'server') return `Detected: ${detection.kind}`;
  const { language, languageVersion, packageManager, target, transport } = detection.plan;
  const where = target === '.' ? '' : ` in ${target}`;
  return `Detected ${language} ${languageVersion.value} with ${packageManager.name}${where}, ${transport.kind}`;
}

const LINE_CHARACTERS = 160;

function firstLine(text: string): string {
  const [line = ''] = text.split('\n', 1);
  return line.length <= LINE_CHARACTERS ? line : `${line.slice(0, LINE_CHARACTERS - 1)}…`;
}

/** The result for a person: the verdict first, then what to do with it. */
export function printBuild(output: TextOutput, report: BuildReport): void {
  const { status, imageTag, size, buildTimeMs, cached, probe, warnings, dockerfileSource } = report;
  const lines = [
    `${imageTag ?? 'no image'}: ${status}`,
    size === null ? '' : `  size: ${formatBytes(size)}`,
    buildTimeMs === null ? '' : `  built in ${formatDuration(buildTimeMs)}${cached ? ' (unchanged)' : ''}`,
    dockerfileSource === null ? '' : `  Dockerfile: ${dockerfileSource}`,
    ...(probe === null ? [] : probeLines(probe)),
    ...warnings.map((warning) => `  warning: ${warning}`),
  ];
  for (const line of lines.filter((one) => one !== '')) output.write(`${stripControl(line)}\n`);
}

const SHOWN_TOOLS = 20;

function probeLines(probe: NonNullable<BuildReport['probe']>): readonly string[] {
  const { tools, missing, reason, transport } = probe;
  const shown = tools.slice(0, SHOWN_TOOLS).join(', ');
  const rest = tools.length > SHOWN_TOOLS ? ` and ${tools.length - SHOWN_TOOLS} more` : '';
  return [
    tools.length === 0 ? '' : `  ${tools.length} tools over ${transport ?? 'stdio'}: ${shown}${rest}`,
    missing.length === 0 ? '' : `  missing: ${missing.join(', ')}`,
    reason === null ? '' : `  ${reason}`,
  ];
}
