import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

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
  const list = JSON.parse(readFileSync(file, 'utf8'));
  if (!Array.isArray(list)) throw new Error(`${file} is no JSON array.`);
  return list.map((one) => {
    const repo = String(one.repo);
    const subdir = String(one.subdir ?? '.');
    return {
      name: subdir === '.' ? repo : `${repo}: ${subdir}`,
      folder: checkoutOf(repos, repo),
      subdir,
      language: String(one.language ?? ''),
      expected: one.expected_outcome ?? 'bare',
      args: one.test_input?.args ?? [],
      env: one.test_input?.env ?? {},
    };
  });
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
