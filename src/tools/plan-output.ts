/** What was found out about a repository, as the tools tell it: cleaned, and bounded in size. */
import { z } from 'zod';
import type {
  BuildPlan,
  BuildStep,
  DeclaredInput,
  Detection,
  Evidence,
} from '../core/build-plan.js';
import { stripControl } from '../core/text.js';

/** Texts of a repository are as long as their author likes. */
const TEXT_CHARACTERS = 300;

/** Entries of one list. */
const SHOWN_ENTRIES = 50;

/** A Dockerfile that Slipway writes has about 3,000 characters. */
const DOCKERFILE_CHARACTERS = 20_000;

export const planSchema = z.object({
  language: z.string(),
  language_version: z.string(),
  package_manager: z.string(),
  folder: z.string().describe('of the server in the repository'),
  transport: z.string().describe('stdio, http or sse'),
  port: z.number().nullable(),
  start: z.array(z.string()).describe('argv'),
  base_image: z.string().nullable(),
  install: z.array(z.string()),
  build: z.array(z.string()),
});

export const inputSchema = z.object({
  name: z.string(),
  kind: z.string().describe('environment or argument'),
  required: z.boolean(),
  secret: z.boolean(),
  description: z.string().nullable(),
});

export const evidenceSchema = z.object({
  field: z.string().describe('what it decides'),
  value: z.string(),
  source: z.string(),
  reason: z.string(),
});

export function planOutput(plan: BuildPlan): z.output<typeof planSchema> {
  const { transport, bases } = plan;
  return {
    language: plan.language,
    language_version: shown(plan.languageVersion.value),
    package_manager: plan.packageManager.name,
    folder: shown(plan.target),
    transport: transport.kind,
    port: transport.kind === 'stdio' ? null : transport.port,
    start: shownAll([...plan.start, ...plan.args]),
    base_image: bases[0]?.run ?? null,
    install: shownAll(plan.install.map(commandOf)),
    build: shownAll(plan.build.map(commandOf)),
  };
}

export function inputsOutput(inputs: readonly DeclaredInput[]): z.output<typeof inputSchema>[] {
  return inputs.slice(0, SHOWN_ENTRIES).map(({ name, kind, required, secret, description }) => ({
    name: shown(name),
    kind,
    required,
    secret,
    description: description === null ? null : shown(description),
  }));
}

export function evidenceOutput(evidence: readonly Evidence[]): z.output<typeof evidenceSchema>[] {
  return evidence.slice(0, SHOWN_ENTRIES).map(({ field, value, source, reason }) => ({
    field: shown(field),
    value: shown(value),
    source: shown(source),
    reason: shown(reason),
  }));
}

/** What the detection rests on, whatever it found. */
export function evidenceOf(detection: Detection | undefined): readonly Evidence[] {
  if (detection === undefined || detection.kind === 'several') return [];
  return detection.kind === 'server' ? detection.plan.evidence : detection.evidence;
}

export function dockerfileOutput(text: string): string {
  return stripControl(text).slice(0, DOCKERFILE_CHARACTERS);
}

/** Text of a repository or of a server. */
export function shown(text: string): string {
  const clean = stripControl(text);
  return clean.length <= TEXT_CHARACTERS ? clean : `${clean.slice(0, TEXT_CHARACTERS - 1)}…`;
}

export function shownAll(texts: readonly string[]): string[] {
  return texts.slice(0, SHOWN_ENTRIES).map(shown);
}

function commandOf({ run }: BuildStep): string {
  return run.join(' ');
}
