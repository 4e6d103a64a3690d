/** @typedef {import('./run-entry.mjs').EntryResult} EntryResult */

const COLUMNS = [
  'repository',
  'expected',
  'verdict',
  'ok',
  'Dockerfile',
  'MB',
  's',
  'again',
  'what',
];

/** @param {readonly EntryResult[]} results */
export function table(results) {
  const rows = [COLUMNS, ...results.map(rowOf)];
  const widths = COLUMNS.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** @param {EntryResult} result */
function rowOf(result) {
  const { entry, bare, given, seconds, againSeconds, verdict, asExpected, explanation } = result;
  const last = given ?? bare;
  return [
    entry.name,
    entry.expected,
    verdict,
    asExpected ? 'yes' : 'NO',
    last.dockerfileSource ?? '-',
    last.size === null ? '-' : String(Math.round(last.size / 1e6)),
    String(Math.round(seconds)),
    againSeconds === null ? '-' : againSeconds.toFixed(1),
    explanation.replaceAll(/\s+/g, ' ').slice(0, 100),
  ];
}

/** @param {readonly EntryResult[]} results */
export function scores(results) {
  const bare = results.filter(({ bare: { status } }) => status === 'works');
  const answering = results.filter(
    ({ bare: first, given }) => first.status === 'works' || given?.status === 'works',
  );
  const rest = results.filter((one) => !answering.includes(one));
  const honest = rest.filter(({ asExpected }) => asExpected);
  const expected = results.filter(({ asExpected }) => asExpected);
  const lines = [
    `answers with no input:      ${bare.length} of ${results.length}`,
    `answers with test input:    ${answering.length} of ${results.length}`,
    `honest endings of the rest: ${honest.length} of ${rest.length}`,
    `as expected:                ${expected.length} of ${results.length}`,
    `median size of Node and Python images: ${medianSize(results)}`,
  ];
  const ratios = results.flatMap(({ seconds, againSeconds }) =>
    againSeconds === null ? [] : [againSeconds / seconds],
  );
  if (ratios.length > 0) lines.push(`second build / first: median ${median(ratios).toFixed(3)}`);
  return lines.join('\n');
}

/** @param {readonly EntryResult[]} results */
function medianSize(results) {
  const sizes = results.flatMap(({ entry, bare, given }) => {
    const size = (given ?? bare).size;
    return size !== null && /script|python/i.test(entry.language) ? [size / 1e6] : [];
  });
  return sizes.length === 0 ? '-' : `${Math.round(median(sizes))} MB of ${sizes.length}`;
}

/** @param {readonly number[]} numbers */
function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
