/**
 * Progress, one line when a step starts and one when it ends. On a terminal a last line that is
 * rewritten shows what runs now and for how long; anywhere else the output is plain lines.
 *
 * @typedef {(line: string) => void} Log
 * @typedef {object} Steps
 * @property {<T>(title: string, work: (say: Log) => Promise<T>) => Promise<T>} step
 *   runs one step; `say` changes the detail that a terminal shows behind the title
 * @property {Log} note a line that is not a step
 */

/**
 * @param {Log} log
 * @returns {Steps}
 */
export function createSteps(log) {
  return {
    note: log,
    async step(title, work) {
      const startedAt = performance.now();
      log(`> ${title}`);
      try {
        const result = await work(() => {});
        log(`  done in ${seconds(startedAt)}: ${title}`);
        return result;
      } catch (error) {
        log(`  FAILED after ${seconds(startedAt)}: ${title}`);
        throw error;
      }
    },
  };
}

/**
 * @param {NodeJS.WriteStream} stream
 * @returns {Steps & { end: () => void }}
 */
export function createTerminalSteps(stream) {
  /** @type {Map<string, { startedAt: number, detail: string }>} */
  const running = new Map();
  const erase = () => stream.write('\r\u001b[2K');
  const draw = () => {
    const lines = [...running].map(([title, now]) => `${seconds(now.startedAt)} ${title}`);
    // There is room for the detail only while one step runs.
    const detail = running.size === 1 ? [...running.values()].map((now) => now.detail) : [];
    erase();
    stream.write([...lines, ...detail].join(' | ').slice(0, (stream.columns || 80) - 1));
  };
  const note = (/** @type {string} */ line) => {
    erase();
    stream.write(`${line}\n`);
  };
  const timer = setInterval(() => running.size > 0 && draw(), 200);
  timer.unref();
  return {
    note,
    end() {
      clearInterval(timer);
      erase();
    },
    async step(title, work) {
      const entry = { startedAt: performance.now(), detail: '' };
      running.set(title, entry);
      const say = (/** @type {string} */ detail) => void (entry.detail = detail);
      let outcome = 'FAILED';
      try {
        const result = await work(say);
        outcome = 'done';
        return result;
      } finally {
        running.delete(title);
        note(`${outcome.padEnd(6)} ${seconds(entry.startedAt).padStart(7)}  ${title}`);
      }
    },
  };
}

/**
 * @param {number} startedAt from performance.now()
 * @returns {string}
 */
export function seconds(startedAt) {
  return `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
}
