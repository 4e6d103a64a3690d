/**
 * @typedef {import('./catalog.mjs').MatrixEngine} MatrixEngine
 * @typedef {object} Row
 * @property {MatrixEngine} engine
 * @property {string} version
 * @property {string} apiVersion
 * @property {import('./suites.mjs').Verdict | null} verdict null when the suites could not be run
 * @property {string} error why not
 */

const HEADINGS = ['engine', 'version', 'API', 'passed', 'failed', 'of these known'];

/**
 * @param {readonly Row[]} rows
 * @returns {string}
 */
export function matrix(rows) {
  const table = [HEADINGS, ...rows.map(cells)];
  const widths = HEADINGS.map((_, column) =>
    Math.max(...table.map((row) => lengthAt(row, column))),
  );
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [...lines, ...rows.flatMap(remarks)].join('\n');
}

/**
 * @param {Row} row
 * @returns {boolean} whether the engine did what is expected of it
 */
export function isAsExpected({ engine, verdict }) {
  if (verdict === null || verdict.passed.length === 0) return false;
  return verdict.failed.every((name) => Object.hasOwn(engine.known, name));
}

/**
 * @param {Row} row
 * @returns {string[]}
 */
function cells({ engine, version, apiVersion, verdict }) {
  if (verdict === null) return [engine.name, version, apiVersion, '-', '-', '-'];
  const known = verdict.failed.filter((name) => Object.hasOwn(engine.known, name));
  const counts = [verdict.passed.length, verdict.failed.length, known.length];
  return [engine.name, version, apiVersion, ...counts.map(String)];
}

/**
 * @param {Row} row
 * @returns {string[]} what the figures do not say
 */
function remarks({ engine, verdict, error }) {
  if (verdict === null) return ['', `${engine.name}: NOT TESTED`, error];
  const { passed, failed, skipped } = verdict;
  const lines = failed.map((name) => {
    const reason = engine.known[name];
    return reason === undefined ? `  FAILED ${name}` : `  known  ${name}\n         ${reason}`;
  });
  const mended = Object.keys(engine.known).filter((name) => passed.includes(name));
  lines.push(...mended.map((name) => `  passes now, take it from the known failures: ${name}`));
  if (skipped > 0) lines.push(`  ${skipped} skipped`);
  return lines.length === 0 ? [] : ['', `${engine.name}:`, ...lines];
}

/**
 * @param {readonly string[]} row
 * @param {number} column
 * @returns {number}
 */
function lengthAt(row, column) {
  return row[column]?.length ?? 0;
}
