import { redactUrl } from '../core/redact.js';
import { stripControl } from '../core/text.js';
import { formatBytes, formatDuration } from '../core/units.js';
import type { BuildEvent, DockerfileSource } from '../build/types.js';
import type { BuildProgress } from '../engine/ports.js';
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
      // As the user wrote it: one with a password in it is refused only afterwards.
      return `Cloning ${redactUrl(event.repository)}`;
    case 'detected':
      return detectedLine(event.detection);
    case 'dockerfile':
      return dockerfileLine(event.source);
    case 'pulling':
      return `Pulling ${event.image}`;
    case 'building':
      return stepLine(event.progress);
    case 'cached':
      return 'Nothing changed since the last build';
    default:
      return lineOfResult(event);
  }
}

type ResultEvent = Exclude<
  BuildEvent,
  { type: 'cloning' | 'detected' | 'dockerfile' | 'pulling' | 'building' | 'cached' }
>;

/** What is done with an image that was built. */
function lineOfResult(event: ResultEvent): string | undefined {
  switch (event.type) {
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

function dockerfileLine(source: DockerfileSource): string {
  return source.kind === 'repository'
    ? `Using ${source.path} of the repository`
    : `Using a generated Dockerfile (${source.language})`;
}

function stepLine({ step, steps, message, cached }: BuildProgress): string {
  return `Step ${step}/${steps} ${firstLine(message.replaceAll(MOUNT, ''))}${cached ? ' (cached)' : ''}`;
}

/** How a step gets its caches: not what it does. */
const MOUNT = /--mount=\S+\s+/g;

const LINE_CHARACTERS = 160;

function firstLine(text: string): string {
  const [line = ''] = text.split('\n', 1);
  return line.length <= LINE_CHARACTERS ? line : `${line.slice(0, LINE_CHARACTERS - 1)}…`;
}

/** The result for a person: the verdict first, then what it rests on. */
export function printBuild(output: TextOutput, report: BuildReport): void {
  const { status, imageTag, size, buildTimeMs, cached, probe, warnings, dockerfileSource } = report;
  const lines = [
    `${imageTag ?? 'no image'}: ${status}`,
    size === null ? '' : `  size: ${formatBytes(size)}`,
    buildTimeMs === null
      ? ''
      : `  built in ${formatDuration(buildTimeMs)}${cached ? ' (unchanged)' : ''}`,
    dockerfileSource === null ? '' : `  Dockerfile: ${dockerfileSource}`,
    ...(probe === null ? [] : probeLines(probe)),
    ...warnings.map((warning) => `  warning: ${warning}`),
  ];
  for (const line of lines.filter((one) => one !== '')) output.write(`${stripControl(line)}\n`);
}

const SHOWN_TOOLS = 20;

function probeLines(probe: NonNullable<BuildReport['probe']>): readonly string[] {
  const { missing, reason } = probe;
  return [
    toolsLine(probe),
    missing.length === 0 ? '' : `  missing: ${missing.join(', ')}`,
    reason === null ? '' : `  ${reason}`,
    ...(probe.tools.length === 0 ? lastLines(probe.stderrTail) : []),
  ];
}

function toolsLine({ tools, transport }: NonNullable<BuildReport['probe']>): string {
  if (tools.length === 0) return '';
  const count = `${tools.length} ${tools.length === 1 ? 'tool' : 'tools'}`;
  const shown = tools.slice(0, SHOWN_TOOLS).join(', ');
  const rest = tools.length > SHOWN_TOOLS ? ` and ${tools.length - SHOWN_TOOLS} more` : '';
  return `  ${count} over ${transport ?? 'stdio'}: ${shown}${rest}`;
}

const SHOWN_LINES = 10;

/** What a server that does not answer wrote last. */
function lastLines(text: string): readonly string[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-SHOWN_LINES).map((line) => `  | ${line}`);
}
