/** One start of an image, from its container to the verdict. */
import type { ServerTransport } from '../core/build-plan.js';
import { now } from '../core/deadline.js';
import { isSlipwayError } from '../core/errors.js';
import type { Conversation } from './handshake.js';
import { Heard } from './heard.js';
import { talkHttp } from './http-attempt.js';
import { listeningIn, type Listening } from './listening.js';
import { lacksNetwork } from './out-of-reach.js';
import { talkStdio } from './stdio-attempt.js';
import { argsOf, type AttemptContext, type HttpTransport, type Talk } from './talk.js';
import type { ProbeRequest, ProbeStart } from './types.js';
import { verdict, type Verdict } from './verdict.js';

export interface Attempted {
  readonly verdict: Verdict;
  readonly conversation: Extract<Conversation, { kind: 'tools' }> | undefined;
  readonly transport: ServerTransport;
  readonly heard: Heard;
  readonly durationMs: number;
}

export async function attempt(context: AttemptContext, start: ProbeStart): Promise<Attempted> {
  const began = now();
  const first = judgedTalk(context, start, await talkAnyhow(context, start));
  const { talked, judged, note } = await withNetwork(context, start, first);
  const { course, heard, transport } = talked;
  const reason = judged.reason ?? note ?? elsewhere(start.transport, transport);
  return {
    verdict: { ...judged, reason },
    conversation: course.kind === 'tools' ? course : undefined,
    transport,
    heard,
    durationMs: now() - began,
  };
}

interface Judged {
  readonly talked: Talk;
  readonly judged: Verdict;
  /** Something to say of a server that works. */
  readonly note: string | null;
}

function judgedTalk(context: AttemptContext, start: ProbeStart, talked: Talk): Judged {
  const { request } = context;
  const judged = verdict({
    ...talked,
    output: talked.heard.text(),
    inputs: request.inputs,
    given: givenTo(start, request),
    timeoutMs: request.timeoutMs,
  });
  return { talked, judged, note: null };
}

/** A server that fails for want of a network gets one, where the policy has one. */
async function withNetwork(
  context: AttemptContext,
  start: ProbeStart,
  first: Judged,
): Promise<Judged> {
  const { talked, judged } = first;
  const isStdio = start.transport.kind === 'stdio' && talked.transport.kind === 'stdio';
  if (!isStdio || judged.status === 'works' || !lacksNetwork(talked.heard.text())) return first;
  const again = await talkStdio(context, start, 'bridge').catch(ifDenied);
  if (again === undefined) return first;
  const note = 'It needs a network: without one it does not answer.';
  return { ...judgedTalk(context, start, again), note };
}

async function talkAnyhow(context: AttemptContext, start: ProbeStart): Promise<Talk> {
  try {
    const talked = await talk(context, start, start.transport);
    const other = otherPlace(talked);
    if (other === undefined) return talked;
    const again = await talk(context, start, other).catch(ifDenied);
    return again === undefined || again.course.kind === 'ended' ? talked : again;
  } catch (error) {
    if (!isSlipwayError(error, 'START_FAILED')) throw error;
    const end = { exitCode: null, outOfMemory: false, failure: error };
    return { course: { kind: 'ended' }, end, heard: new Heard(), transport: start.transport };
  }
}

function talk(
  context: AttemptContext,
  start: ProbeStart,
  transport: ServerTransport,
): Promise<Talk> {
  return transport.kind === 'stdio'
    ? talkStdio(context, start, 'none')
    : talkHttp(context, start, transport);
}

/** A policy without a network for HTTP leaves the verdict of the first talk. */
function ifDenied(error: unknown): undefined {
  if (!isSlipwayError(error, 'POLICY_DENIED')) throw error;
}

/** Where the program says that it listens, when that is not where it was asked. */
function otherPlace({ course, end, heard, transport }: Talk): HttpTransport | undefined {
  const failed = course.kind === 'silent' || course.kind === 'unreachable';
  if (!failed || end !== undefined) return undefined;
  const listening = listeningIn(heard.text());
  if (listening === undefined) return undefined;
  if (transport.kind !== 'stdio' && transport.port === listening.port) return undefined;
  return httpAt(listening);
}

function httpAt({ port, path }: Listening): HttpTransport {
  const kind = path?.endsWith('/sse') === true ? 'sse' : 'http';
  return { kind, port, path: path ?? '/mcp' };
}

function elsewhere(declared: ServerTransport, used: ServerTransport): string | null {
  if (used.kind === 'stdio') return null;
  const where = `on port ${used.port}, path ${used.path}`;
  if (declared.kind === 'stdio') return `It serves HTTP ${where}, and not stdio.`;
  const same =
    declared.kind === used.kind && declared.port === used.port && declared.path === used.path;
  return same
    ? null
    : `It answers ${where}, and not on port ${declared.port}, path ${declared.path}.`;
}

function givenTo(
  start: ProbeStart,
  { environment, args }: ProbeRequest,
): { readonly variables: ReadonlySet<string>; readonly args: readonly string[] } {
  return {
    variables: new Set([...Object.keys(start.environment), ...Object.keys(environment)]),
    args: argsOf(start, args),
  };
}
