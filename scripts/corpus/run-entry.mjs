/** One repository: without any input, then with its test input where it needs some. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { root } from '../support/project.mjs';
import { untagImage } from '../engine/engine-api.mjs';
import { parseJson } from '../engine/json.mjs';

/** @typedef {import('./read-set.mjs').Entry} Entry */

/**
 * @typedef {object} Report what `slipway build --json` prints
 * @property {string} status
 * @property {string | null} imageTag
 * @property {number | null} size
 * @property {number | null} buildTimeMs
 * @property {boolean} cached
 * @property {string | null} dockerfileSource
 * @property {{ tools: string[], missing: string[], reason: string | null, stderrTail: string } | null} probe
 * @property {string[]} warnings
 * @property {{ message: string } | undefined} [error]
 */

/**
 * @typedef {object} EntryResult
 * @property {Entry} entry
 * @property {Report} bare
 * @property {Report | null} given with the test input; null when it was not tried
 * @property {number} seconds of the first build with its probe
 * @property {number | null} againSeconds of the second, unchanged one
 * @property {string} verdict
 * @property {boolean} asExpected
 * @property {string} explanation
 */

/**
 * @param {Entry} entry
 * @param {{ dockerHost: string, prefer: string | undefined, again: boolean, keep: boolean }} options
 * @returns {Promise<EntryResult>}
 */
export async function runEntry(entry, options) {
  const tag = `slipway-corpus/${slug(entry.name)}:latest`;
  const began = performance.now();
  const bare = await slipwayBuild(entry, tag, options, false);
  const seconds = (performance.now() - began) / 1000;
  const hasInput = entry.args.length > 0 || Object.keys(entry.env).length > 0;
  const wantsInput = bare.status !== 'works' && entry.expected !== 'unsupported' && hasInput;
  const given = wantsInput ? await slipwayBuild(entry, tag, options, true) : null;
  const againSeconds = options.again ? await timeAgain(entry, tag, options) : null;
  const isTagged = [bare, given].some((report) => report?.imageTag === tag);
  if (isTagged && !options.keep) await untagImage({ dockerHost: options.dockerHost }, tag);
  return { entry, bare, given, seconds, againSeconds, ...judge(entry, bare, given) };
}

/**
 * @param {Entry} entry
 * @param {string} tag
 * @param {{ dockerHost: string, prefer: string | undefined }} options
 */
async function timeAgain(entry, tag, options) {
  const began = performance.now();
  await slipwayBuild(entry, tag, options, false);
  return (performance.now() - began) / 1000;
}

/**
 * @param {Entry} entry
 * @param {string} tag
 * @param {{ dockerHost: string, prefer: string | undefined }} options
 * @param {boolean} withInput
 * @returns {Promise<Report>}
 */
async function slipwayBuild(entry, tag, { dockerHost, prefer }, withInput) {
  const args = ['build', entry.folder, '--json', '--tag', tag];
  if (entry.subdir !== '.') args.push('--subdir', entry.subdir);
  if (prefer !== undefined) args.push('--prefer', prefer);
  if (withInput) {
    for (const arg of entry.args) args.push(`--arg=${arg}`);
    for (const [name, value] of Object.entries(entry.env)) args.push('--env', `${name}=${value}`);
  }
  const child = spawn(process.execPath, [path.join(root, 'dist', 'bin', 'slipway.js'), ...args], {
    env: { ...process.env, DOCKER_HOST: dockerHost },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [printed, log] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise((resolve) => child.on('close', resolve)),
  ]);
  return printed.trim() === '' ? failed(log) : withError(parseJson(printed));
}

/**
 * @param {string} log
 * @returns {Report}
 */
function failed(log) {
  return withError({ error: { message: log.trim().split('\n').slice(-3).join(' ') } });
}

/**
 * What is not in the report is nothing.
 *
 * @param {unknown} report
 * @returns {Report}
 */
function withError(report) {
  const nothing = { imageTag: null, size: null, buildTimeMs: null, cached: false };
  const given = typeof report === 'object' && report !== null ? report : {};
  return {
    status: 'error',
    ...nothing,
    dockerfileSource: null,
    probe: null,
    warnings: [],
    ...given,
  };
}

/**
 * @param {Entry} entry
 * @param {Report} bare
 * @param {Report | null} given
 * @returns {{ verdict: string, asExpected: boolean, explanation: string }}
 */
function judge(entry, bare, given) {
  const last = given ?? bare;
  const verdict = given === null ? bare.status : `${bare.status}, then ${given.status}`;
  const explanation =
    last.status === 'works'
      ? `${last.probe?.tools.length ?? 0} tools`
      : last.status === 'needs_config'
        ? `missing ${last.probe?.missing.join(', ')}`
        : (last.probe?.reason ?? last.error?.message ?? '');
  return { verdict, asExpected: isExpected(entry, bare, given), explanation };
}

/**
 * @param {Entry} entry
 * @param {Report} bare
 * @param {Report | null} given
 */
function isExpected({ expected }, bare, given) {
  switch (expected) {
    case 'bare':
      return bare.status === 'works';
    case 'dummy':
      return (
        bare.status === 'works' || (bare.status === 'needs_config' && given?.status === 'works')
      );
    case 'real':
      return bare.status === 'needs_config' && (bare.probe?.missing.length ?? 0) > 0;
    case 'unsupported':
      return bare.status === 'unsupported';
    default:
      return false;
  }
}

/** @param {string} name */
function slug(name) {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
}
