/**
 * Where Slipway reports what it does. The library is silent unless a logger is injected.
 * Event names are stable (`run.finished`, `image.pulled` …); the data carries no secrets and no
 * environment values.
 */
export interface Logger {
  debug(event: string, data?: Readonly<Record<string, unknown>>): void;
  info(event: string, data?: Readonly<Record<string, unknown>>): void;
  warn(event: string, data?: Readonly<Record<string, unknown>>): void;
  error(event: string, data?: Readonly<Record<string, unknown>>): void;
}

const ignore = (): void => undefined;

/** The logger used when none is injected. */
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
