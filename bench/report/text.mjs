/** Tables for a terminal, and for a page. Pure. */
import { reached } from '../harness/row.mjs';

/**
 * @typedef {import('../harness/row.mjs').Row} Row
 * @typedef {import('../harness/row.mjs').Table} Table
 */

const COLUMNS = ['', 'median', 'p95', 'n', 'ratio', 'goal'];

/**
 * @param {Table} table
 * @returns {string} lines, the last one ended
 */
export function tableText({ title, base, rows, notes }) {
  const cells = [COLUMNS, ...rows.map(cellsOf)];
  const widths = COLUMNS.map((_, column) =>
    Math.max(...cells.map((line) => line[column]?.length ?? 0)),
  );
  const lines = cells.map((line) =>
    line
      .map((cell, column) =>
        column === 0 || column === COLUMNS.length - 1
          ? cell.padEnd(widths[column] ?? 0)
          : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  const head = base === null ? title : `${title} (ratio to: ${base})`;
  const body = [...lines, ...notes.map((note) => `* ${note}`)];
  return [head, ...body.map((line) => `  ${line}`), ''].join('\n');
}

/**
 * @param {readonly Table[]} tables
 * @param {string} where the machine, the versions and the day
 * @returns {string} Markdown
 */
export function tablesPage(tables, where) {
  const parts = tables.map(({ title, base, rows, notes }) => {
    const lines = [COLUMNS, COLUMNS.map(() => '---'), ...rows.map(cellsOf)];
    const table = lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
    const head = base === null ? '' : `Ratio to: ${base}.\n\n`;
    return `## ${title}\n\n${head}${table}\n\n${notes.map((note) => `- ${note}\n`).join('')}`;
  });
  return `# Benchmarks\n\nMade by \`npm run bench\` in one run: ${where}. Machines differ, and this one is noisy: the ratios are what counts.\n\n${parts.join('\n')}`;
}

/**
 * @param {Row} row
 * @returns {string[]}
 */
function cellsOf(row) {
  const { name, unit, median, p95, n, ratio } = row;
  return [
    name,
    `${figure(median)} ${unit}`,
    p95 === null ? '' : figure(p95),
    String(n),
    ratio === null ? '' : ratioText(ratio),
    goalText(row),
  ];
}

/** @param {Row} row */
function goalText(row) {
  const { goal } = row;
  if (goal === null) return '';
  const limits = [
    ...(goal.atMost === undefined ? [] : [`at most ${goal.atMost}`]),
    ...(goal.atLeast === undefined ? [] : [`at least ${goal.atLeast}`]),
  ];
  return `${limits.join(', ')}: ${reached(row) === true ? 'reached' : 'MISSED'}`;
}

/**
 * @param {number} value
 * @returns {string} three digits that mean something
 */
export function figure(value) {
  const size = Math.abs(value);
  if (size >= 100) return value.toFixed(0);
  return value.toFixed(size >= 10 ? 1 : 2);
}

/**
 * @param {number} ratio
 * @returns {string}
 */
export function ratioText(ratio) {
  return ratio < 0.1 ? ratio.toFixed(3) : ratio.toFixed(2);
}
