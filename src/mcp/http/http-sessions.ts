import { isInitializeRequest } from '@modelcontextprotocol/server';
import type { Logger } from '../../core/logger.js';
import type { HttpLimits } from './http-limits.js';
import { type ClientRequest, HttpSession, type OpenServer } from './http-session.js';
import { CODE, type Refusal, refusalResponse } from './refusal.js';

interface Entry {
  readonly session: HttpSession;
  /** Requests and streams that are open. */
  open: number;
  /** Runs while nothing is open. */
  idle: NodeJS.Timeout | undefined;
}

/** The clients of the 2024-2025 revisions: bounded in number, and in the time they do nothing. */
export class HttpSessions {
  readonly #open: OpenServer;
  readonly #logger: Logger;
  readonly #limits: HttpLimits;
  /** The one that was used last comes last. */
  readonly #entries = new Map<string, Entry>();

  constructor(open: OpenServer, logger: Logger, limits: HttpLimits) {
    this.#open = open;
    this.#logger = logger;
    this.#limits = limits;
  }

  /** @param ended resolves when the answer is sent, or cannot be */
  async handle(request: ClientRequest, ended: Promise<unknown>): Promise<Response> {
    const id = request.request.headers.get('mcp-session-id');
    if (id === null && isInitializeRequest(request.body)) return this.#begin(request, ended);
    if (id === null) return refusalResponse(NO_ID);
    const entry = this.#entries.get(id);
    if (entry === undefined) return refusalResponse(NO_SESSION);
    const answer = await this.#use(entry, request, ended);
    if (request.request.method === 'DELETE' && answer.ok) await this.#end(entry, 'deleted');
    return answer;
  }

  /** Ends all of them. */
  async close(reason: string): Promise<void> {
    await Promise.all([...this.#entries.values()].map((entry) => this.#end(entry, reason)));
  }

  async #begin(request: ClientRequest, ended: Promise<unknown>): Promise<Response> {
    const session = new HttpSession(this.#open, ({ message }) =>
      this.#logger.debug('mcp.connection_error', { message }),
    );
    await session.connect();
    // From here to its first use nothing waits: a session is never seen unused before.
    if (!this.#makeRoom()) {
      await session.end('no room');
      return refusalResponse(FULL);
    }
    const entry: Entry = { session, open: 0, idle: undefined };
    this.#entries.set(session.id, entry);
    this.#logger.debug('mcp.session_opened', { sessions: this.#entries.size });
    const answer = await this.#use(entry, request, ended);
    if (!answer.ok) await this.#end(entry, 'not initialized');
    return answer;
  }

  async #use(entry: Entry, request: ClientRequest, ended: Promise<unknown>): Promise<Response> {
    const { session } = entry;
    clearTimeout(entry.idle);
    entry.open += 1;
    this.#entries.delete(session.id);
    this.#entries.set(session.id, entry);
    void ended.finally(() => {
      entry.open -= 1;
      this.#rest(entry);
    });
    return session.handle(request, ended);
  }

  /** Starts the time after which a session that nobody uses ends. */
  #rest(entry: Entry): void {
    clearTimeout(entry.idle);
    if (entry.open > 0 || !this.#entries.has(entry.session.id)) return;
    entry.idle = setTimeout(() => {
      if (entry.session.isWorking) this.#rest(entry);
      else void this.#end(entry, 'idle');
    }, this.#limits.sessionIdleMs);
    entry.idle.unref();
  }

  /** The one that was not used for the longest time makes room; none that is in use does. */
  #makeRoom(): boolean {
    if (this.#entries.size < this.#limits.sessions) return true;
    const entries = [...this.#entries.values()];
    const unused = entries.find(({ open, session }) => open === 0 && !session.isWorking);
    if (unused === undefined) return false;
    void this.#end(unused, 'a new session needs its place');
    return true;
  }

  async #end(entry: Entry, reason: string): Promise<void> {
    clearTimeout(entry.idle);
    if (!this.#entries.delete(entry.session.id)) return;
    await entry.session.end(reason);
    this.#logger.debug('mcp.session_closed', { reason, sessions: this.#entries.size });
  }
}

const NO_ID: Refusal = {
  status: 400,
  code: CODE.refused,
  message:
    'Bad Request: the header Mcp-Session-Id is missing. Clients of the 2024-2025 revisions begin with initialize; those of 2026-07-28 send their protocol version in _meta of every request.',
};

/** The protocol has a client begin a new session after it. */
const NO_SESSION: Refusal = { status: 404, code: CODE.noSession, message: 'Session not found' };

const FULL: Refusal = {
  status: 503,
  code: CODE.refused,
  message: 'All sessions are in use. Try again later, or end one with DELETE.',
  headers: { 'retry-after': '30' },
};
