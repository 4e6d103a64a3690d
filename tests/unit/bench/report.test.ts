import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { row } from '../../../bench/harness/row.mjs';
import { chart } from '../../../bench/report/chart.mjs';
import { chartContent } from '../../../bench/report/chart-content.mjs';
import { figure, ratioText, tablesPage, tableText } from '../../../bench/report/text.mjs';

const base = [400, 400, 400];
const docker = row({ id: 'docker-run', name: 'docker run', unit: 'ms', samples: base, base });
const parked = row({
  id: 'parked',
  name: 'parked <&"',
  unit: 'ms',
  samples: [20, 20, 20],
  base,
  goal: { atMost: 0.1 },
});
const table = { id: 'calls-true', title: 'busybox: true', base: 'docker run', notes: ['A note.'] };

describe('the table', () => {
  it('has a line for each row, its columns one below the other, and the notes', () => {
    const text = tableText({ ...table, rows: [docker, parked] });
    expect(text.split('\n')).toEqual([
      'busybox: true (ratio to: docker run)',
      '               median  p95  n  ratio  goal',
      '  docker run   400 ms       3   1.00',
      '  parked <&"  20.0 ms       3  0.050  at most 0.1: reached',
      '  * A note.',
      '',
    ]);
  });

  it('is on the page with all that it says', () => {
    const page = tablesPage([{ ...table, rows: [docker, parked] }], 'a machine, today');
    expect(page).toContain('in one run: a machine, today.');
    expect(page).toContain('## busybox: true\n\nRatio to: docker run.');
    expect(page).toContain('| docker run | 400 ms |  | 3 | 1.00 |  |');
    expect(page).toContain('\n- A note.\n');
  });

  it('says when a goal is missed', () => {
    const slow = row({ ...parked, samples: [60], base, goal: { atMost: 0.1 } });
    expect(tableText({ ...table, rows: [slow] })).toContain('at most 0.1: MISSED');
  });

  it.each([
    [1234.5, '1235'],
    [12.345, '12.3'],
    [1.2345, '1.23'],
    [0.456, '0.46'],
  ])('writes %d as %s', (value, text) => {
    expect(figure(value)).toBe(text);
  });

  it('writes small ratios with a digit more', () => {
    expect([ratioText(0.0667), ratioText(0.667)]).toEqual(['0.067', '0.67']);
  });
});

describe('the chart', () => {
  const bars = [
    { name: 'docker run', ratio: 1, ms: 400, isBase: true },
    { name: 'a <b> & "c"', ratio: 0.05, ms: 20, isBase: false },
  ];
  const svg = chart({ title: 'Runs', subtitle: 'here', groups: [{ title: 'true', bars }] });

  it('is a document of its own, whatever is in the names', () => {
    expect(XMLValidator.validate(svg)).toBe(true);
    expect(svg).toContain('a &lt;b> &amp; &quot;c&quot;');
    expect(svg).not.toMatch(/href|url\(|@import|@font-face/);
  });

  it('has bars as long as the ratios are to each other', () => {
    const [first, second] = barWidths(svg);
    expect(first).toBeGreaterThan(200);
    expect((second ?? 0) / (first ?? 1)).toBeCloseTo(0.05, 2);
  });

  it('keeps the figures of the longest bar inside', () => {
    const [slow] = barWidths(
      chart({
        title: 'Runs',
        subtitle: 'here',
        groups: [{ title: 'true', bars: [{ name: 'slow', ratio: 4, ms: 1600, isBase: false }] }],
      }),
    );
    expect(slow).toBeLessThan(400);
  });

  it('is legible on a light page and on a dark one: it has a background and colours for both', () => {
    expect(svg).toContain('prefers-color-scheme: dark');
    expect(svg).toContain('class="panel"');
  });
});

describe('what the chart shows', () => {
  it('are the rows that say most, in their order, under names that stand for themselves', () => {
    const rows = [parked, { ...parked, id: 'back-to-back' }, docker];
    const content = chartContent([{ ...table, rows }], 'here');
    expect(content?.groups).toEqual([
      {
        title: 'busybox: true',
        bars: [
          { name: 'docker run', ratio: 1, ms: 400, isBase: true },
          { name: 'Slipway, parked', ratio: 0.05, ms: 20, isBase: false },
        ],
      },
    ]);
  });

  it('is nothing when none of it was measured', () => {
    expect(chartContent([{ ...table, id: 'idle', rows: [docker] }], 'here')).toBeUndefined();
  });
});

function barWidths(svg: string): readonly number[] {
  const parsed: unknown = new XMLParser({ ignoreAttributes: false }).parse(svg);
  expect(parsed).toHaveProperty('svg');
  return [...svg.matchAll(/<rect class="(?:bar|base)"[^>]* width="([\d.]+)"/g)].map((match) =>
    Number(match[1]),
  );
}
