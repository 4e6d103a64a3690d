/** What an attempt means: pure, from what was said and what was declared. */
import type { DeclaredInput } from '../core/build-plan.js';
import { stripControl } from '../core/text.js';
import { formatDuration } from '../core/units.js';
import type { ContainerEnd } from '../engine/ports.js';
import { definiteFailure, telling } from './failure-line.js';
import type { Conversation } from './handshake.js';
import { missingInputs, requiredNotGiven, type Given } from './missing-inputs.js';
import { namedInputs } from './named-inputs.js';
import { lacksService, OUT_OF_REACH, serviceInputs } from './out-of-reach.js';
import { oneLine } from './tool-list.js';
import type { ProbeStatus } from './types.js';

/** How it went with one start. */
export type Course =
  | Conversation
  | {
      /** Nothing takes connections on the published port. */
      readonly kind: 'unreachable';
      readonly port: number;
      /** The program says that it listens there, and not that it does on all interfaces. */
      readonly announced: boolean;
    };

export interface VerdictFacts {
  readonly course: Course;
  /** Undefined while the program still ran. */
  readonly end: ContainerEnd | undefined;
  /** What it wrote, stderr first; plain text, bounded. */
  readonly output: string;
  readonly inputs: readonly DeclaredInput[];
  readonly given: Given;
  readonly timeoutMs: number;
}

export interface Verdict {
  readonly status: ProbeStatus;
  readonly missing: readonly string[];
  readonly reason: string | null;
}

export function verdict(facts: VerdictFacts): Verdict {
  const { course } = facts;
  if (course.kind === 'tools' && course.tools.length > 0) return works(null);
  const failure = failureOf(facts);
  const final = failure.status === 'broken' && failure.definite;
  const lacking = final ? undefined : (lacksNamed(facts, failure) ?? lacksUnnamed(facts, failure));
  return lacking ?? failed(failure);
}

/** Something that it names, or that is declared as needed, was not given. */
function lacksNamed(facts: VerdictFacts, failure: Failure): Verdict | undefined {
  const { course, inputs, given, output } = facts;
  const named = missingInputs(namedInputs(`${output}\n${answered(course)}`, inputs), given);
  // A program that does not serve MCP would not with what it is declared to need.
  if (failure.status === 'unsupported') {
    return named.length > 0 ? needsConfig(failure, named) : undefined;
  }
  const declared = allMissing(named, requiredNotGiven(inputs, given), inputs);
  const missing = course.kind === 'tools' ? [...declared, ...secretsNotGiven(facts)] : declared;
  return missing.length > 0 ? needsConfig(failure, missing) : undefined;
}

/** It fails as programs do that lack a login, a value or a service, without a name for it. */
function lacksUnnamed(facts: VerdictFacts, failure: Failure): Verdict | undefined {
  const { course, inputs, given, output } = facts;
  if (course.kind === 'foreign' && [401, 403].includes(course.status)) {
    const missing = requiredNotGiven(inputs, given);
    return { status: 'needs_config', missing, reason: failure.reason };
  }
  if (failure.status !== 'broken') return undefined;
  const empty = usesNothing(output) ? unset(facts) : [];
  if (empty.length > 0) return needsConfig(failure, empty);
  if (!lacksService(`${output}\n${answered(course)}`)) return undefined;
  const reason = `${OUT_OF_REACH}: ${lowerFirst(failure.reason)}`;
  return { status: 'needs_config', missing: serviceInputs(inputs, given.variables), reason };
}

/** A program that works with a variable that nobody set fails where it uses its value, not its name. */
function usesNothing(output: string): boolean {
  return USES_NOTHING.test(output);
}

const USES_NOTHING =
  /Cannot read propert(?:y|ies) of (?:undefined|null)|must be of type string\b.*Received undefined|ERR_INVALID_URL|Invalid URL|'?NoneType'? object|not '?NoneType'?|\bnil pointer dereference/;

function unset({ inputs, given }: VerdictFacts): readonly string[] {
  return inputs
    .filter(({ kind, defaultValue }) => kind === 'environment' && defaultValue === null)
    .filter(({ name }) => !given.variables.has(name))
    .map(({ name }) => name);
}

/** What it answered instead of tools may name an input too. */
function answered(course: Course): string {
  if (course.kind === 'foreign') return stripControl(course.text);
  const said = course.kind === 'refused' ? course.message : '';
  return stripControl(said.slice(0, MAX_ANSWER_CHARACTERS));
}

const MAX_ANSWER_CHARACTERS = 10_000;

function works(reason: string | null): Verdict {
  return { status: 'works', missing: [], reason };
}

function failed({ status, reason }: Failure): Verdict {
  return { status, missing: [], reason };
}

function needsConfig({ reason }: Failure, missing: readonly string[]): Verdict {
  const names = [...new Set(missing)];
  const more = names.length > 1 ? 'are missing' : 'is missing';
  return {
    status: 'needs_config',
    missing: names,
    reason: `${listed(names)} ${more}: ${lowerFirst(reason)}`,
  };
}

/** What it names itself comes first; of what is declared, arguments that it names in its own words stay out. */
function allMissing(
  named: readonly string[],
  required: readonly string[],
  inputs: readonly DeclaredInput[],
): readonly string[] {
  const positional = (name: string): boolean => !/^-|^[A-Z0-9_]+$/.test(name);
  const declaredArgument = (name: string): boolean =>
    inputs.some((input) => input.kind === 'argument' && input.name === name) && positional(name);
  const says = named.some(positional);
  return [...new Set([...named, ...required.filter((name) => !(says && declaredArgument(name)))])];
}

/** A server that lists nothing often hides its tools until it has a login. */
function secretsNotGiven({ inputs, given }: VerdictFacts): readonly string[] {
  if (given.variables.size > 0) return [];
  return inputs
    .filter(({ kind, secret, defaultValue }) => kind === 'environment' && secret && !defaultValue)
    .map(({ name }) => name);
}

interface Failure {
  readonly status: 'works' | 'broken' | 'unsupported';
  readonly reason: string;
  /** No input would help. */
  readonly definite: boolean;
}

function failureOf(facts: VerdictFacts): Failure {
  const { course, end } = facts;
  if (end?.failure !== undefined) return broken(end.failure.message, true);
  if (end?.outOfMemory === true) return broken('It ran out of memory.', true);
  switch (course.kind) {
    case 'tools':
      return { status: 'works', reason: 'It answers, and lists no tools.', definite: false };
    case 'refused': {
      const said = oneLine(course.message, MAX_SAID_CHARACTERS);
      return broken(`It answered ${course.method} with the error "${said}".`);
    }
    case 'silent':
      return silent(facts, course.method);
    case 'unreachable':
      return unreachable(course);
    case 'foreign':
      return foreign(course);
    case 'ended':
      return ended(facts);
  }
}

const MAX_SAID_CHARACTERS = 300;

function broken(reason: string, definite = false): Failure {
  return { status: 'broken', reason, definite };
}

function silent({ output, timeoutMs }: VerdictFacts, method: string): Failure {
  const said = telling(output);
  const last = said === undefined ? '' : ` The last it said is "${said}".`;
  return broken(`It did not answer ${method} within ${formatDuration(timeoutMs)}.${last}`);
}

function unreachable({ port, announced }: Extract<Course, { kind: 'unreachable' }>): Failure {
  return announced
    ? broken(
        `It listens on port ${port} of the container's loopback address only, which a published port does not reach: it has to listen on 0.0.0.0.`,
        true,
      )
    : broken(`Nothing takes connections on port ${port} of the container.`);
}

function foreign({ status, text }: Extract<Course, { kind: 'foreign' }>): Failure {
  const said = oneLine(text, MAX_SAID_CHARACTERS);
  if (status === 0) {
    return {
      status: 'unsupported',
      reason: `It does not speak MCP: it sent ${said}.`,
      definite: false,
    };
  }
  const what = said === '' ? '' : `: "${said}"`;
  if (status >= 500 || status === 401 || status === 403) {
    return broken(`It answered with HTTP status ${status}${what}.`);
  }
  const reason = `It does not speak MCP over HTTP: it answered with status ${status}${what}.`;
  return { status: 'unsupported', reason, definite: false };
}

function ended({ end, output }: VerdictFacts): Failure {
  const code = end?.exitCode;
  const how =
    code === null || code === undefined
      ? 'It ended before it answered'
      : `It ended with exit code ${code} before it answered`;
  const failure = definiteFailure(output);
  if (failure !== undefined) return broken(`${how}: ${failure}`, true);
  const said = telling(output);
  if (said === undefined) return broken(`${how}, and wrote nothing.`);
  if (code === 0) {
    const reason = `It printed "${said}" and ended with exit code 0: it does not serve MCP.`;
    return { status: 'unsupported', reason, definite: false };
  }
  return broken(`${how}: ${said}`);
}

function listed(names: readonly string[]): string {
  return names.length < 2
    ? names.join('')
    : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
