/**
 * A readable report: one block a stop, with what was checked. `finish` tells whether all held.
 *
 * @typedef {(what: string, actual: unknown, expected: unknown) => void} Expect
 * @typedef {object} Report
 * @property {(line: string) => void} note
 * @property {(title: string, work: (expect: Expect) => Promise<string[]>) => Promise<void>} stop
 * @property {() => boolean} finish
 */

/** @returns {Report} */
export function createReport() {
  /** @type {string[]} */
  const wrong = [];
  let stops = 0;
  return {
    note: (line) => console.log(`\n${line}`),
    async stop(title, work) {
      stops += 1;
      const began = performance.now();
      const before = wrong.length;
      const lines = await work((what, actual, expected) => {
        if (actual === expected) return;
        wrong.push(
          `${title}: ${what} should be ${JSON.stringify(expected)}, is ${JSON.stringify(actual)}`,
        );
      }).catch((error) => {
        wrong.push(`${title}: ${String(error)}`);
        return [String(error)];
      });
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      console.log(
        `\n[${wrong.length === before ? 'ok' : 'WRONG'}] ${stops}. ${title} (${seconds} s)`,
      );
      for (const line of lines) console.log(`     ${line}`);
    },
    finish() {
      console.log(
        wrong.length === 0
          ? `\nAll ${stops} stops went as they should.`
          : `\n${wrong.length} things are wrong:`,
      );
      for (const line of wrong) console.log(`  - ${line}`);
      return wrong.length === 0;
    },
  };
}
