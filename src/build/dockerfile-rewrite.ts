import { parseDockerfile, type Instruction } from '../core/dockerfile.js';
import { keyValues, readStages, type Stage } from '../core/dockerfile-stages.js';
import {
  certificateMounts,
  keepCommand,
  KEPT_FOLDER,
  keptVariables,
  stepVariables,
} from './certificate-wiring.js';
import { refuseBuild } from './refusal.js';
import { TextEdits } from './text-edits.js';

export interface CertificateWiring {
  /** The bundle's secret; see `certificateSecrets`. */
  readonly secretId: string;
  /** Names the bundle's content: a changed one is kept anew although secrets are in no cache key. */
  readonly digest: string;
}

export interface DockerfileRewrite {
  /** Every step can read the certificates while it runs. */
  readonly certificate?: CertificateWiring | undefined;
  /** The image keeps them too. Needs `certificate`. */
  readonly keepCertificates?: boolean | undefined;
  /**
   * Names of proxy variables the build is given. They are predefined for every step and in no
   * history, unless a stage declares them: those ARGs are taken out.
   */
  readonly proxies?: readonly string[] | undefined;
  /** The stage that is built. @default the last one */
  readonly target?: string | undefined;
  /** For the classic builder, which has no mounts: caches and tmpfs are left out. */
  readonly withoutMounts?: boolean | undefined;
}

/**
 * A Dockerfile with what the builder adds to it or has to leave out. Every other character stays.
 *
 * Certificates reach a step as secret mounts and ARGs: neither stays in the image's files or its
 * environment. A variable that the file or its base image sets with ENV keeps that value.
 *
 * @throws {SlipwayError} `BUILD_REFUSED` when the classic builder cannot build it, or the image
 * has no place for the certificates
 */
export function rewriteDockerfile(text: string, rewrite: DockerfileRewrite): string {
  const { instructions } = parseDockerfile(text);
  const edits = new TextEdits(text);
  const stages = readStages(instructions);
  const proxies = new Set(
    rewrite.proxies?.flatMap((name) => [name.toUpperCase(), name.toLowerCase()]),
  );
  for (const { instructions: own } of stages) undeclare(edits, own, proxies);
  if (rewrite.withoutMounts === true) {
    if (rewrite.certificate !== undefined) throw noPlaceForCertificates();
    for (const run of runsOf(instructions)) removeMounts(edits, run);
  }
  if (rewrite.certificate !== undefined) {
    for (const stage of stages) addToStage(edits, stage, rewrite.certificate.secretId);
    if (rewrite.keepCertificates === true) {
      keepInImage(edits, stages, { ...rewrite, certificate: rewrite.certificate });
    }
  }
  return edits.apply();
}

/** An ARG that a stage declares is part of its history, with its value. */
function undeclare(
  edits: TextEdits,
  instructions: readonly Instruction[],
  names: ReadonlySet<string>,
): void {
  for (const instruction of instructions) {
    if (instruction.keyword !== 'ARG') continue;
    const declared = keyValues(instruction);
    const kept = declared.filter(([name]) => !names.has(name));
    if (kept.length === declared.length) continue;
    const words = kept.map(([name, value]) => (value === undefined ? name : `${name}=${value}`));
    const lines = words.length === 0 ? [] : [`ARG ${words.join(' ')}`];
    edits.replaceLines(instruction.firstLine, instruction.lastLine, lines);
  }
}

function runsOf(instructions: readonly Instruction[]): readonly Instruction[] {
  return instructions.filter(({ keyword }) => keyword === 'RUN');
}

function addToStage(edits: TextEdits, { from, instructions }: Stage, secretId: string): void {
  const runs = runsOf(instructions);
  if (runs.length === 0) return;
  const lines = Object.entries(stepVariables()).map(([name, value]) => `ARG ${name}=${value}`);
  edits.addLinesAfter(from.lastLine, lines);
  const flags = certificateMounts(secretId).map((flag) => ` ${flag}`);
  for (const run of runs) edits.insert(run.flagsAt, flags.join(''));
}

const KEEPING_STAGE = 'slipway-certificates';

/**
 * The bundle cannot be copied from a secret, and the last stage may have no shell and no rights:
 * a stage of its own, on the base of one that runs commands, hands it over.
 */
function keepInImage(
  edits: TextEdits,
  stages: readonly Stage[],
  { certificate, target }: DockerfileRewrite & { readonly certificate: CertificateWiring },
): void {
  const last = targetStage(stages, target);
  const before = stages.slice(0, stages.indexOf(last) + 1);
  const shell = before.find(
    (stage) => stage.base !== 'scratch' && runsOf(stage.instructions).length > 0,
  );
  if (shell === undefined) throw noShell();
  edits.addLinesAfter(last.from.firstLine - 1, [
    `FROM ${[...shell.from.flags, shell.from.joined.split(/\s+/)[0]].join(' ')} AS ${KEEPING_STAGE}`,
    'USER 0',
    `RUN ${certificateMounts(certificate.secretId).join(' ')} : ${certificate.digest} && ${keepCommand(KEPT_FOLDER)}`,
  ]);
  const own = new Set(
    last.instructions
      .filter(({ keyword }) => keyword === 'ENV')
      .flatMap((instruction) => keyValues(instruction).map(([name]) => name)),
  );
  const variables = Object.entries(keptVariables()).filter(([name]) => !own.has(name));
  edits.addLinesAfter((last.instructions.at(-1) ?? last.from).lastLine, [
    `COPY --from=${KEEPING_STAGE} ${KEPT_FOLDER} ${KEPT_FOLDER}`,
    ...variables.map(([name, value]) => `ENV ${name}=${value}`),
  ]);
}

function targetStage(stages: readonly Stage[], target: string | undefined): Stage {
  const found =
    target === undefined
      ? stages.at(-1)
      : stages.find((stage) => stage.name === target.toLowerCase());
  if (found !== undefined) return found;
  throw refuseBuild('Dockerfile', 'invalid', {
    message: `The Dockerfile has no stage to keep the certificates in${target === undefined ? '' : `: ${JSON.stringify(target)} names none`}.`,
    hint: 'Name the target stage as in its AS, or build without keepCertificates.',
  });
}

function noShell(): Error {
  return refuseBuild('Dockerfile', 'invalid', {
    message: 'No stage of the Dockerfile runs a command, so nothing can keep the certificates.',
    hint: 'Build without keepCertificates, or copy the certificates in the Dockerfile itself.',
  });
}

function noPlaceForCertificates(): Error {
  return refuseBuild('Dockerfile', 'invalid', {
    message: 'The classic builder cannot give certificates to a step without leaving them behind.',
    hint: 'Use an engine with BuildKit, or base images that hold the certificates.',
  });
}

/** What the classic builder can do without: they only save time. */
const DISPENSABLE: ReadonlySet<string> = new Set(['cache', 'tmpfs']);

function removeMounts(edits: TextEdits, run: Instruction): void {
  for (const flag of run.flags) {
    const options = /^--mount=([^]*)$/.exec(flag)?.[1];
    if (options === undefined) continue;
    const type = mountType(options);
    if (!DISPENSABLE.has(type) || !edits.cut(run.flagsAt, run.lastLine, flag)) {
      throw refuseBuild('Dockerfile', 'invalid', {
        message: `Line ${run.firstLine} of the Dockerfile mounts a ${type}, which only BuildKit can.`,
        hint: 'Use an engine with BuildKit.',
      });
    }
  }
}

/** `bind` when the flag says none. */
function mountType(options: string): string {
  const typed = options.split(',').find((option) => /^"?type=/i.test(option));
  return typed?.replaceAll('"', '').slice('type='.length).toLowerCase() ?? 'bind';
}
