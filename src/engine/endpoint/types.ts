import type { EndpointAttempt } from '../../core/errors.js';

/** An engine's place: where it was named, how to write it for people, how to reach it. */
export interface EngineAddress {
  /** What named it: `option`, `DOCKER_HOST`, `context desktop-linux`, `default socket` … */
  readonly source: string;
  /** As Docker writes it: `unix:///var/run/docker.sock`, `tcp://10.0.0.1:2376` … Holds no secret. */
  readonly address: string;
  /** May hold a private key: log `source` and `address`, never this. */
  readonly connection: Connection;
}

/** Everything a transport needs to know to open one connection. */
export type Connection =
  | SocketConnection
  | {
      readonly kind: 'tcp';
      /** Host name or IP address, IPv6 without brackets. */
      readonly host: string;
      readonly port: number;
      /** Undefined speaks plain HTTP. */
      readonly tls: TlsMaterial | undefined;
    }
  | SshConnection;

/** A Unix socket, or a Windows pipe written `//./pipe/name`. */
export interface SocketConnection {
  readonly kind: 'socket';
  readonly path: string;
}

/** A remote engine behind `ssh`. No part can be taken for an option or for shell syntax. */
export interface SshConnection {
  readonly kind: 'ssh';
  readonly user: string | undefined;
  /** Host name, alias of the ssh configuration or IP address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number | undefined;
  /** Path of the socket on the remote host; undefined leaves it to the `docker` found there. */
  readonly socketPath: string | undefined;
}

/** Certificates as PEM. */
export interface TlsMaterial {
  /** Undefined trusts the certificate authorities of Node. */
  readonly ca: Buffer | undefined;
  /** Set together with `key`, or neither. */
  readonly cert: Buffer | undefined;
  readonly key: Buffer | undefined;
  /** `false` accepts any certificate: only when the user's Docker settings say so. */
  readonly verify: boolean;
}

/** What the search reads from the machine. */
export interface SearchEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeDir: string;
  /** Numeric user id; undefined where there is none (Windows). */
  readonly uid: number | undefined;
  readonly platform: NodeJS.Platform;
  /** Slipway runs from its own source tree, where `npm run engine` exists. */
  readonly checkout: boolean;
  readonly files: FileLookup;
}

/** What is at a path: `denied` when the path may not be looked at. */
export type PathKind = 'socket' | 'other' | 'missing' | 'denied';

/** A file's bytes, or why there are none: `because` ends a sentence about the file. */
export type FileContent =
  | { readonly kind: 'content'; readonly bytes: Buffer }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unread'; readonly because: string };

/** Read-only access to files. Nothing here rejects. Links are followed. */
export interface FileLookup {
  kind(path: string): Promise<PathKind>;
  /** At most {@link MAX_FILE_BYTES}. Never waits for a pipe's writer. */
  read(path: string): Promise<FileContent>;
  /** Names in a folder, in no order; none when it cannot be listed. */
  list(folder: string): Promise<readonly string[]>;
}

/** Largest configuration or certificate file that is read, in bytes: 1 MiB. */
export const MAX_FILE_BYTES = 1_048_576;

/**
 * Asks the engine at `address` for a sign of life (`/_ping`). Rejects when none comes. It is to
 * give up when `signal` aborts, which happens at the latest after the probe's time.
 */
export type ProbeEngine = (address: EngineAddress, signal: AbortSignal) => Promise<void>;

/** What {@link findEngine} works with. */
export interface EngineSearch {
  /** The caller's own choice, `unix:///…`, `tcp://…`, `ssh://…`; it wins over everything else. */
  readonly dockerHost?: string | undefined;
  readonly environment: SearchEnvironment;
  readonly probe: ProbeEngine;
  /** Milliseconds for each probe. Default 2000 for a socket, 5000 for TCP, 30000 for ssh. */
  readonly probeTimeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The engine that answered, and what was passed over on the way to it. */
export interface FoundEngine {
  readonly address: EngineAddress;
  readonly tried: readonly EndpointAttempt[];
}
