/** What of the results is in the chart. Pure. */

/**
 * @typedef {import('../harness/row.mjs').Table} Table
 * @typedef {import('./chart.mjs').ChartContent} ChartContent
 * @typedef {import('./chart.mjs').BarGroup} BarGroup
 */

/** @type {readonly { table: string, title: string, rows: Readonly<Record<string, string>> }[]} */
const GROUPS = [
  {
    table: 'calls-true',
    title: 'busybox: true',
    rows: {
      'docker-run': 'docker run',
      cold: 'Slipway, nothing parked',
      parked: 'Slipway, parked',
      mcp: 'Slipway, parked, through MCP',
    },
  },
  {
    table: 'calls-python',
    title: "python: print(1), the interpreter's own start included",
    rows: {
      'docker-run': 'docker run',
      cold: 'Slipway, nothing parked',
      parked: 'Slipway, parked',
      strict: 'Slipway, parked, policy strict',
      payload: 'Slipway, parked, script as payload',
      mcp: 'Slipway, parked, through MCP',
    },
  },
  {
    table: 'burst',
    title: '',
    rows: { 'docker-run': 'docker run', parked: 'Slipway, parked' },
  },
];

/**
 * @param {readonly Table[]} tables
 * @param {string} subtitle where and with what it was measured
 * @returns {ChartContent | undefined} undefined when nothing of it was measured
 */
export function chartContent(tables, subtitle) {
  const groups = GROUPS.flatMap(({ table: id, title, rows }) => {
    const table = tables.find((one) => one.id === id);
    return table === undefined ? [] : [group(table, title, rows)];
  });
  if (groups.length === 0) return undefined;
  return {
    title: 'Time of a run, as a part of docker run (median; less is better)',
    subtitle,
    groups,
  };
}

/**
 * @param {Table} table
 * @param {string} title
 * @param {Readonly<Record<string, string>>} names by id
 * @returns {BarGroup}
 */
function group(table, title, names) {
  const bars = Object.entries(names).flatMap(([id, name]) => {
    const found = table.rows.find((row) => row.id === id);
    if (found?.ratio === undefined || found.ratio === null) return [];
    return [{ name, ratio: found.ratio, ms: found.median, isBase: id === 'docker-run' }];
  });
  return { title: title === '' ? table.title : title, bars };
}
