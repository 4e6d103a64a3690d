/** The chart for the README: bars of what single calls take, as parts of `docker run`. Pure. */
import { figure, ratioText } from './text.mjs';

/**
 * @typedef {object} Bar
 * @property {string} name
 * @property {number} ratio
 * @property {number} ms
 * @property {boolean} isBase
 *
 * @typedef {object} BarGroup
 * @property {string} title
 * @property {readonly Bar[]} bars
 *
 * @typedef {object} ChartContent
 * @property {string} title
 * @property {string} subtitle
 * @property {readonly BarGroup[]} groups
 */

const WIDTH = 760;
const MARGIN = 24;
const NAMES = 236;
/** Room for the figures after the longest bar. */
const FIGURES = 124;
const LINE = 26;
const BAR = 16;
const HEAD = 74;
const GROUP_HEAD = 34;

/** A panel of its own colour: text is legible whatever the page behind it looks like. */
const STYLE = `
  text { font-family: -apple-system, 'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif; font-size: 13px; fill: #1f2328; }
  .title { font-size: 16px; font-weight: 600; }
  .group { font-weight: 600; }
  .quiet { fill: #59636e; }
  .panel { fill: #ffffff; stroke: #d1d9e0; }
  .bar { fill: #0969da; }
  .base { fill: #818b98; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .quiet { fill: #9198a1; }
    .panel { fill: #0d1117; stroke: #3d444d; }
    .bar { fill: #4493f8; }
    .base { fill: #656c76; }
  }`;

/**
 * @param {ChartContent} content
 * @returns {string} an SVG document
 */
export function chart({ title, subtitle, groups }) {
  const longest = Math.max(1, ...groups.flatMap(({ bars }) => bars.map(({ ratio }) => ratio)));
  let top = HEAD;
  /** @type {string[]} */
  const parts = [];
  for (const group of groups) {
    parts.push(text(MARGIN, top + 14, group.title, 'group'));
    top += GROUP_HEAD;
    for (const bar of group.bars) {
      parts.push(...barParts(bar, top, longest));
      top += LINE;
    }
    top += LINE / 2;
  }
  const height = top + MARGIN / 2;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}">`,
    `<style>${STYLE}\n</style>`,
    `<rect class="panel" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="6"/>`,
    text(MARGIN, 34, title, 'title'),
    text(MARGIN, 54, subtitle, 'quiet'),
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

/**
 * @param {Bar} bar
 * @param {number} top
 * @param {number} longest ratio
 * @returns {string[]}
 */
function barParts({ name, ratio, ms, isBase }, top, longest) {
  const left = MARGIN + NAMES;
  const width = Math.max(1, ((WIDTH - left - FIGURES - MARGIN) * ratio) / longest);
  const kind = isBase ? 'base' : 'bar';
  const figures = `${ratioText(ratio)} · ${figure(ms)} ms`;
  return [
    text(MARGIN, top + 13, name),
    `<rect class="${kind}" x="${left}" y="${top}" width="${width.toFixed(1)}" height="${BAR}" rx="3"/>`,
    text(Number((left + width + 8).toFixed(1)), top + 13, figures, 'quiet'),
  ];
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} words
 * @param {string} [kind]
 * @returns {string}
 */
function text(x, y, words, kind) {
  const styled = kind === undefined ? '' : ` class="${kind}"`;
  return `<text x="${x}" y="${y}"${styled}>${escaped(words)}</text>`;
}

/** @param {string} words */
function escaped(words) {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
