import { endRunningCommands } from './commands.mjs';

/** @type {NodeJS.Signals[]} */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** @type {Set<() => Promise<void>>} */
const pending = new Set();

/**
 * Runs `cleanup` after `work`: on success, on failure and when a signal ends this process.
 *
 * @template T
 * @param {() => Promise<T>} work
 * @param {() => Promise<void>} cleanup
 * @returns {Promise<T>}
 */
export async function withCleanup(work, cleanup) {
  if (pending.size === 0) SIGNALS.forEach((name) => process.on(name, onSignal));
  pending.add(cleanup);
  let succeeded = false;
  try {
    const result = await work();
    succeeded = true;
    return result;
  } finally {
    const cleaned = cleanup().finally(() => forget(cleanup));
    // When both fail, what made the work fail is the one to tell.
    await (succeeded ? cleaned : cleaned.catch(() => undefined));
  }
}

/**
 * @param {NodeJS.Signals} name
 */
function onSignal(name) {
  void endAll().finally(() => {
    SIGNALS.forEach((one) => process.off(one, onSignal));
    // Now without a listener: it ends this process, and the caller sees by what.
    process.kill(process.pid, name);
  });
}

/** The programs first, which would go on writing; then the innermost cleanup before the outer. */
async function endAll() {
  await endRunningCommands();
  for (const cleanup of [...pending].toReversed()) await cleanup();
}

/**
 * @param {() => Promise<void>} cleanup
 */
function forget(cleanup) {
  pending.delete(cleanup);
  if (pending.size === 0) SIGNALS.forEach((name) => process.off(name, onSignal));
}
