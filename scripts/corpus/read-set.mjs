import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseJson, textAt, valueAt } from '../engine/json.mjs';

/**
 * @typedef {object} Entry
 * @property {string} name `owner/name`, with `: subdir` where there is one
 * @property {string} folder absolute path of the checkout
 * @property {string} subdir
 * @property {string} language
 * @property {'bare' | 'dummy' | 'real' | 'unsupported'} expected
 * @property {readonly string[]} args
 * @property {Readonly<Record<string, string>>} env
 */

/**
 * @param {string} file
 * @param {string} repos
 * @returns {Entry[]}
 */
export function readSet(file, repos) {
  const list = parseJson(readFileSync(file, 'utf8'));
  if (!Array.isArray(list)) throw new Error(`${file} is no JSON array.`);
  return list.map((one) => readEntry(one, repos));
}

/**
 * @param {unknown} one
 * @param {string} repos
 * @returns {Entry}
 */
function readEntry(one, repos) {
  const repo = textAt(one, 'repo');
  const subdir = textAt(one, 'subdir') || '.';
  return {
    name: subdir === '.' ? repo : `${repo}: ${subdir}`,
    folder: checkoutOf(repos, repo),
    subdir,
    language: textAt(one, 'language'),
    expected: expectation(textAt(one, 'expected_outcome')),
    args: textsOf(valueAt(one, 'test_input', 'args')),
    env: Object.fromEntries(
      Object.entries(valueAt(one, 'test_input', 'env') ?? {}).map(([name, value]) => [
        name,
        String(value),
      ]),
    ),
  };
}

/**
 * @param {string} word
 * @returns {Entry['expected']}
 */
function expectation(word) {
  const known = EXPECTATIONS.find((one) => one === word);
  return known ?? 'bare';
}

const EXPECTATIONS = /** @type {const} */ (['bare', 'dummy', 'real', 'unsupported']);

/**
 * @param {unknown} value
 * @returns {readonly string[]}
 */
function textsOf(value) {
  return Array.isArray(value) ? value.map(String) : [];
}

/**
 * @param {string} repos
 * @param {string} repo
 */
function checkoutOf(repos, repo) {
  const names = [repo, repo.replace('/', '+'), repo.replace('/', '__'), repo.split('/')[1] ?? repo];
  const found = names.map((name) => path.resolve(repos, name)).find((folder) => existsSync(folder));
  return found ?? path.resolve(repos, repo);
}
