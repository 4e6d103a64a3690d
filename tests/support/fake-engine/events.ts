import type { ServerResponse } from 'node:http';
import { sendLine } from './http.js';

/** The events of containers: those that were, and those that come. Signals are SIGKILL. */
export class FakeEvents {
  readonly #past: { readonly action: string; readonly id: string }[] = [];
  readonly #listeners = new Set<(action: string, id: string) => void>();

  emit(action: string, id: string): void {
    this.#past.push({ action, id });
    for (const listener of this.#listeners) listener(action, id);
  }

  /** Answers until the client leaves. */
  send(response: ServerResponse, actions: readonly string[], ids: readonly string[]): void {
    const listener = (action: string, id: string): void => {
      if (!actions.includes(action) || !ids.includes(id)) return;
      sendLine(response, {
        Type: 'container',
        Action: action,
        Actor: { ID: id, Attributes: { signal: '9' } },
      });
    };
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.flushHeaders();
    for (const { action, id } of this.#past) listener(action, id);
    this.#listeners.add(listener);
    response.once('close', () => this.#listeners.delete(listener));
  }
}
