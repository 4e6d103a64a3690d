/** Scenarios of the protocol's own conformance suite, one process each. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseJson, textAt } from '../engine/json.mjs';
import { runNode } from './run-node.mjs';

/**
 * @typedef {import('./tools.mjs').McpTools} McpTools
 * @typedef {import('./scenarios.mjs').Scenario} Scenario
 * @typedef {import('./report.mjs').Check} Check
 */

/** Neither good nor bad. */
const NEUTRAL = ['INFO', 'SKIPPED'];

/**
 * @param {McpTools} tools
 * @param {{ transport: string, url: string }} server
 * @param {readonly Scenario[]} scenarios
 * @returns {readonly Check[]}
 */
export function conformanceChecks(tools, { transport, url }, scenarios) {
  return tools.conformance.flatMap(([version, suite], index) =>
    scenarios
      .filter(({ suites }) => suites !== 'next' || index > 0)
      .map((scenario) => ({
        name: `Conformance ${version}, ${transport}: ${titleOf(scenario)}`,
        run: () => judge({ ...tools, suite }, url, scenario),
      })),
  );
}

/** @param {Scenario} scenario */
function titleOf({ name, revision }) {
  return revision === undefined ? name : `${name} (${revision})`;
}

/**
 * @param {McpTools & { suite: string }} tools
 * @param {string} url
 * @param {Scenario} scenario
 * @returns {Promise<string | undefined>}
 */
async function judge({ node, home, suite }, url, { name, revision, unmet = {} }) {
  const results = join(home, 'conformance');
  rmSync(results, { recursive: true, force: true });
  const args = [suite, 'server', '--url', url, '--scenario', name, '--output-dir', results];
  const chosen = revision === undefined ? [] : ['--spec-version', revision];
  const env = { PATH: process.env['PATH'], HOME: home };
  const { end, stdout, stderr } = await runNode(node, [...args, ...chosen], env);
  const checks = readChecks(results);
  const met = checks.filter(({ status }) => status === 'SUCCESS').map(({ id }) => id);
  const failed = checks.filter(({ status }) => ![...NEUTRAL, 'SUCCESS'].includes(status));
  const complaints = [
    ...failed.filter(({ id }) => !Object.hasOwn(unmet, id)).map(({ text }) => text),
    ...Object.keys(unmet)
      .filter((id) => !failed.some((one) => one.id === id))
      .map((id) => `${id} is met now: take it out of the list`),
  ];
  if (complaints.length > 0) return complaints.join('\n');
  return met.length > 0 ? undefined : `No check passed: ${end}\n${stdout}${stderr}`;
}

/**
 * @param {string} folder
 * @returns {readonly { id: string, status: string, text: string }[]}
 */
function readChecks(folder) {
  return filesNamed('checks.json', folder).flatMap((file) => {
    const checks = parseJson(readFileSync(file, 'utf8'));
    if (!Array.isArray(checks)) throw new Error(`${file} is not a list of checks`);
    return checks.map((/** @type {unknown} */ check) => {
      const id = textAt(check, 'id');
      const status = textAt(check, 'status');
      return { id, status, text: `${status} ${id}: ${textAt(check, 'errorMessage')}` };
    });
  });
}

/**
 * @param {string} name
 * @param {string} folder
 * @returns {readonly string[]}
 */
function filesNamed(name, folder) {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name === name)
    .map((entry) => join(entry.parentPath, entry.name));
}
