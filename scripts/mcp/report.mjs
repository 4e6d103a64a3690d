/**
 * One thing that must hold.
 *
 * @typedef {object} Check
 * @property {string} name
 * @property {() => Promise<string | undefined>} run resolves with what is wrong, if anything is
 */

/**
 * Runs checks one after the other and prints a line for each, with the reason of a failure.
 *
 * @param {readonly Check[]} checks
 * @param {(line: string) => void} log
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function runChecks(checks, log) {
  let failed = 0;
  for (const { name, run } of checks) {
    const began = performance.now();
    const complaint = await run().catch(String);
    const seconds = ((performance.now() - began) / 1000).toFixed(1).padStart(5);
    log(`${complaint === undefined ? 'ok    ' : 'FAILED'} ${seconds} s  ${name}`);
    if (complaint === undefined) continue;
    failed += 1;
    log(complaint.trimEnd().replaceAll(/^/gm, '          '));
  }
  return { passed: checks.length - failed, failed };
}
