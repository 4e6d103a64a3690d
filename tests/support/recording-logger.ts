import type { Logger } from '../../src/core/logger.js';

type Data = Readonly<Record<string, unknown>>;

export interface LoggedEvent {
  readonly level: keyof Logger;
  readonly event: string;
  readonly data: Data;
}

export interface RecordingLogger extends Logger {
  readonly events: readonly LoggedEvent[];
  /** The data of the first event of that name from `after` events on, once there is one. */
  heard(event: string, after?: number): Promise<Data>;
}

/** Keeps what is logged, and lets a test wait for it. */
export function recordingLogger(): RecordingLogger {
  const events: LoggedEvent[] = [];
  const waiting = new Set<() => void>();
  const at =
    (level: keyof Logger) =>
    (event: string, data: Data = {}): void => {
      events.push({ level, event, data });
      for (const look of waiting) look();
    };
  const heard = (wanted: string, after = 0): Promise<Data> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = events.slice(after).find(({ event }) => event === wanted);
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found.data);
      };
      waiting.add(look);
      look();
    });
  const levels = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  return { ...levels, events, heard };
}
