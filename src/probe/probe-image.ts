import { now } from '../core/deadline.js';
import { Redactor } from '../core/redact.js';
import { attempt, type Attempted } from './attempt.js';
import type { ProbeAttempt, ProbeDependencies, ProbeRequest, ProbeResult } from './types.js';

/**
 * Does this image answer as an MCP server? Starts it in a container of the policy, one start after
 * the other until one lists its tools, talks to it over its transport in the era of the protocol
 * that it offers, and removes the container. What it says is data: bounded, without control
 * characters, and without the values of the given variables.
 *
 * @throws {SlipwayError} when the policy permits no such container, or the engine fails; the
 * reason of `signal` when it is aborted. No container is left then either.
 */
export async function probeImage(
  dependencies: ProbeDependencies,
  request: ProbeRequest,
  signal?: AbortSignal,
): Promise<ProbeResult> {
  const began = now();
  const attempts: Attempted[] = [];
  for (const start of request.starts) {
    signal?.throwIfAborted();
    const attempted = await attempt({ dependencies, request, signal }, start);
    dependencies.logger.info('probe.attempted', {
      start: attempts.length,
      status: attempted.verdict.status,
      ms: Math.round(attempted.durationMs),
    });
    attempts.push(attempted);
    if (attempted.verdict.status === 'works') break;
  }
  return result(attempts, request, now() - began);
}

function result(
  attempts: readonly Attempted[],
  { environment }: ProbeRequest,
  durationMs: number,
): ProbeResult {
  const redactor = new Redactor(Object.values(environment));
  const chosen = best(attempts);
  if (chosen === undefined) throw new TypeError('an image is probed with at least one start');
  const { verdict, conversation, transport, heard } = chosen;
  return {
    status: verdict.status,
    era: conversation?.era ?? null,
    protocolVersion: conversation?.protocolVersion ?? null,
    transport,
    tools: toolsOf(chosen, environment),
    missing: verdict.missing,
    reason: redacted(verdict.reason, redactor),
    stderrTail: heard.tail(redactor),
    serverInfo: infoOf(chosen, redactor),
    start: attempts.indexOf(chosen),
    tried: attempts.map((one, index) => tried(one, index, redactor)),
    durationMs,
  };
}

/** What works; else the first that only lacks something; else the likeliest start, the first. */
function best(attempts: readonly Attempted[]): Attempted | undefined {
  return (
    attempts.find(({ verdict }) => verdict.status === 'works') ??
    attempts.find(({ verdict }) => verdict.status === 'needs_config') ??
    attempts[0]
  );
}

function tried(one: Attempted, start: number, redactor: Redactor): ProbeAttempt {
  const { verdict, transport, durationMs } = one;
  const reason = redacted(verdict.reason, redactor);
  return { start, transport, status: verdict.status, reason, durationMs };
}

function redacted(text: string | null, redactor: Redactor): string | null {
  return text === null ? null : redactor.redact(text);
}

/** In names, a short value such as `test` is more likely a word than the user's secret. */
const SECRET_IN_NAMES = 12;

function toolsOf(
  { conversation }: Attempted,
  environment: ProbeRequest['environment'],
): ProbeResult['tools'] {
  const long = Object.values(environment).filter((value) => value.length >= SECRET_IN_NAMES);
  const redactor = new Redactor(long);
  return (conversation?.tools ?? []).map(({ name, description }) => ({
    name: redactor.redact(name),
    description: redacted(description, redactor),
  }));
}

function infoOf({ conversation }: Attempted, redactor: Redactor): ProbeResult['serverInfo'] {
  const info = conversation?.serverInfo ?? null;
  if (info === null) return null;
  return { name: redactor.redact(info.name), version: redactor.redact(info.version) };
}
