/** Asks an engine who it is and agrees on the API version. */
import type { z } from 'zod';
import { SlipwayError } from '../core/errors.js';
import { statusError } from './map-error.js';
import type { EngineFacts } from './ports.js';
import { info as infoReply, readReply, version as versionReply } from './replies.js';
import type { Transport } from './transport.js';

/** What Slipway is tested with: 20.10 speaks 1.41, 28.5 speaks 1.51. */
const OLDEST_API = '1.41';
const NEWEST_API = '1.51';

/**
 * Answers when a container engine is there and takes connections: one that is being stopped still
 * answers on those it has.
 */
export async function pingEngine(
  transport: Transport,
  signal?: AbortSignal,
  deadlineMs = transport.deadlines.pingMs,
): Promise<void> {
  const operation = 'ping';
  const { headers, body } = await transport.stream({
    method: 'GET',
    path: '/_ping',
    operation,
    fresh: true,
    deadlineMs,
    signal,
  });
  body.resume();
  if (headers['api-version'] === undefined && headers['libpod-api-version'] === undefined) {
    throw statusError(operation, 200, 'the answer names no API version');
  }
}

/** Who an engine is, and what its clock says. */
export interface EngineAnswer {
  readonly facts: EngineFacts;
  /** RFC 3339; empty when it does not tell. */
  readonly systemTime: string;
}

/** @throws {SlipwayError} `ENGINE_UNSUPPORTED` when no version fits both sides */
export async function askEngine(transport: Transport, signal?: AbortSignal): Promise<EngineAnswer> {
  const [version, info] = await Promise.all([
    ask(transport, '/version', versionReply, signal),
    ask(transport, '/info', infoReply, signal),
  ]);
  const podman = version.Components.some((component) => /podman/i.test(component.Name));
  const facts = {
    flavor: podman ? 'podman' : 'docker',
    // Every Docker that is new enough for us has BuildKit, also where it is not the default.
    builder: podman || version.Os === 'windows' ? 'classic' : 'buildkit',
    version: version.Version,
    apiVersion: agreeOn(version.ApiVersion, version.MinAPIVersion),
    os: version.Os,
    arch: version.Arch,
    cpus: info.NCPU,
    memoryBytes: info.MemTotal,
    endpoint: transport.endpoint,
  } as const;
  return { facts, systemTime: info.SystemTime };
}

async function ask<S extends z.ZodType>(
  transport: Transport,
  path: string,
  schema: S,
  signal: AbortSignal | undefined,
): Promise<z.output<S>> {
  const operation = `GET ${path}`;
  const call = {
    method: 'GET',
    path,
    operation,
    deadlineMs: transport.deadlines.queryMs,
    signal,
  } as const;
  return readReply(schema, await transport.json(call), operation);
}

/** The newest version both speak. `highest` and `lowest` are the engine's. */
export function agreeOn(highest: string, lowest: string): string {
  const use = isOlder(highest, NEWEST_API) ? highest : NEWEST_API;
  const known = /^\d+\.\d+$/.test(highest);
  if (!known || isOlder(use, OLDEST_API) || (lowest !== '' && isOlder(use, lowest))) {
    throw new SlipwayError('ENGINE_UNSUPPORTED', {
      message: `The container engine speaks API ${lowest || '?'} to ${highest || '?'}; Slipway speaks ${OLDEST_API} to ${NEWEST_API}.`,
      hint: 'Use Docker 20.10 or newer, or a newer Slipway.',
      context: { apiVersion: highest, supported: `${OLDEST_API}-${NEWEST_API}` },
    });
  }
  return use;
}

function isOlder(a: string, b: string): boolean {
  const [aMajor = 0, aMinor = 0] = a.split('.').map(Number);
  const [bMajor = 0, bMinor = 0] = b.split('.').map(Number);
  return aMajor === bMajor ? aMinor < bMinor : aMajor < bMajor;
}
