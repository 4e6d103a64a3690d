/**
 * Our side of the guardian: a detached child that removes what we made when we are gone, however
 * we ended. There is one for the whole process; it is started when the first thing is made.
 *
 * Nothing waits for it. A message is in the kernel's pipe when `write` returns, and stays there
 * for a guardian that is still starting when we are killed.
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { Socket } from 'node:net';
import path from 'node:path';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { now } from '../core/deadline.js';
import type { FolderGuard } from '../core/folder-guard.js';
import type { Logger } from '../core/logger.js';
import type { Connection } from './endpoint/types.js';
import type { SshLogin } from './ssh/ssh-process.js';

/** How the guardian speaks to an engine by itself. */
export type GuardedConnection =
  | Exclude<Connection, { readonly kind: 'ssh' }>
  | ({ readonly kind: 'ssh' } & SshLogin);

/** Something on an engine that has to be gone when this process is. */
export interface GuardedThing {
  readonly connection: GuardedConnection;
  readonly kind: 'container' | 'image';
  /** As it goes into a path of the API; unique among all that is held. */
  readonly name: string;
  /** The label that proves, on the thing that bears the name, that it is this one. */
  readonly signature: string;
}

type HeldThing = Omit<GuardedThing, 'connection'> & { readonly engine: number; made: boolean };
type HeldFolder = { readonly kind: 'folder'; readonly name: string };

type Child = ChildProcessByStdio<Writable, null, null>;

const PROGRAM = fileURLToPath(new URL('guardian-process.js', import.meta.url));

/** A guardian with nothing to guard is ended after this, in milliseconds: a server can idle for days. */
const IDLE_MS = 60_000;
/** One that dies at once is not started again at once. In milliseconds. */
const RESTART_MS = 10_000;
/** Characters it may leave unread; a guardian that reads no more is no guardian. */
const MAX_UNREAD = 1024 * 1024;

/** What Node itself needs to run; nothing else of our environment, which may hold secrets. */
const ENVIRONMENT = ['SystemRoot', 'NODE_EXTRA_CA_CERTS', 'ELECTRON_RUN_AS_NODE'];

export class Guardian {
  readonly #program: string;
  readonly #held = new Map<string, HeldThing | HeldFolder>();
  /** Engines by the text that describes them. */
  readonly #engines = new Map<string, { readonly id: number; readonly connection: object }>();
  #child: Child | undefined;
  #startedAt: number | undefined;
  #idle: NodeJS.Timeout | undefined;

  constructor(program = PROGRAM) {
    this.#program = program;
  }

  /** Process id of the child, if there is one. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** To be called before the thing is made. */
  hold(thing: GuardedThing, logger: Logger): void {
    const { connection, kind, name, signature } = thing;
    this.#hold({ engine: this.#engine(connection), kind, name, signature, made: false }, logger);
  }

  /**
   * To be called when it was made.
   *
   * @param name absolute path of a folder of this machine; what is in it goes with it
   */
  holdFolder(name: string, logger: Logger): void {
    this.#hold({ kind: 'folder', name }, logger);
  }

  /** It exists: from now on, one that is not found is gone. */
  made(name: string): void {
    const held = this.#held.get(name);
    if (held === undefined || held.kind === 'folder') return;
    held.made = true;
    this.#send({ op: 'made', name });
  }

  /** It is gone. */
  release(name: string): void {
    if (!this.#held.delete(name)) return;
    this.#send({ op: 'release', name });
    if (this.#held.size > 0) return;
    this.#idle = setTimeout(() => this.rest(), IDLE_MS);
    this.#idle.unref();
  }

  /** Ends the child if nothing is held; the next thing starts a new one. */
  rest(): void {
    if (this.#held.size > 0) return;
    clearTimeout(this.#idle);
    this.#child?.stdin.end();
    this.#child = undefined;
    this.#startedAt = undefined;
  }

  #hold(held: HeldThing | HeldFolder, logger: Logger): void {
    clearTimeout(this.#idle);
    this.#held.set(held.name, held);
    if (this.#child === undefined) this.#start(logger);
    else this.#send({ op: 'hold', ...held });
  }

  #engine(connection: GuardedConnection): number {
    const told = forGuardian(connection);
    const text = JSON.stringify(told);
    const known = this.#engines.get(text);
    if (known !== undefined) return known.id;
    const engine = { id: this.#engines.size, connection: told };
    this.#engines.set(text, engine);
    this.#send({ op: 'engine', ...engine });
    return engine.id;
  }

  #start(logger: Logger): void {
    if (this.#startedAt !== undefined && now() - this.#startedAt < RESTART_MS) return;
    this.#startedAt = now();
    try {
      this.#child = this.#spawn(logger);
    } catch (error) {
      // Node's permission model, or no memory: the sweep of the next process removes what is left.
      logger.warn('guardian.not_started', { error: String(error) });
      return;
    }
    for (const engine of this.#engines.values()) this.#send({ op: 'engine', ...engine });
    for (const held of this.#held.values()) this.#send({ op: 'hold', ...held });
  }

  #spawn(logger: Logger): Child {
    const child = spawn(process.execPath, [this.#program], {
      // A session of its own: a signal to our group does not end it, and no terminal is held.
      detached: true,
      windowsHide: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: Object.fromEntries(ENVIRONMENT.map((name) => [name, process.env[name]])),
      // A folder that is in use cannot be removed.
      cwd: path.parse(process.execPath).root,
    });
    const over = (data: Readonly<Record<string, unknown>>): void => this.#over(child, logger, data);
    child.on('error', (error) => over({ error: String(error) }));
    child.on('exit', (code, signal) => over({ code, signal }));
    child.stdin.on('error', () => undefined);
    // Neither of them keeps this process running.
    child.unref();
    if (child.stdin instanceof Socket) child.stdin.unref();
    return child;
  }

  /** A guardian that ends before we let it is replaced. */
  #over(child: Child, logger: Logger, data: Readonly<Record<string, unknown>>): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    logger.warn('guardian.ended', data);
    if (this.#held.size > 0) this.#start(logger);
  }

  #send(message: object): void {
    const child = this.#child;
    if (child === undefined) return;
    child.stdin.write(`${JSON.stringify(message)}\n`);
    if (child.stdin.writableLength > MAX_UNREAD) child.kill('SIGKILL');
  }
}

/** The guardian of this process. */
export const guardian = new Guardian();

/** That guardian, for folders. */
export function folderGuard(logger: Logger): FolderGuard {
  return {
    hold: (folder) => guardian.holdFolder(folder, logger),
    release: (folder) => guardian.release(folder),
  };
}

/** A connection as JSON. Keys travel through the pipe only, never in arguments or environment. */
function forGuardian(connection: GuardedConnection): object {
  if (connection.kind === 'socket') return { socketPath: connection.path };
  if (connection.kind === 'ssh') {
    const { script, command, env } = connection;
    return { ssh: { script, command, env } };
  }
  const { host, port, tls } = connection;
  if (tls === undefined) return { host, port };
  const [ca, cert, key] = [tls.ca, tls.cert, tls.key].map((pem) => pem?.toString('utf8'));
  return { host, port, tls: { ca, cert, key, verify: tls.verify } };
}
