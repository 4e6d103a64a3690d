/**
 * The conformance scenarios that say something about an application. Most of the others ask for
 * tools, prompts and resources of fixed names, which only a server made for the suite has.
 *
 * @typedef {object} Scenario
 * @property {string} name
 * @property {string} [revision] of the protocol; the suite's own choice without one
 * @property {'next'} [suites] `next`: only the coming version of the suite has it
 * @property {Readonly<Record<string, string>>} [unmet] checks that we do not meet, and why. One
 *   that is met all the same fails the scenario, so that this list stays true.
 */

const LATEST = '2026-07-28';

const NO_FIXTURE = 'it calls a tool that only a server made for the suite has';

/** @type {readonly Scenario[]} */
const BOTH_TRANSPORTS = [
  { name: 'server-initialize' },
  { name: 'server-session-lifecycle', suites: 'next' },
  { name: 'ping' },
  { name: 'tools-list' },
  { name: 'resources-list' },
  { name: 'server-sse-multiple-streams' },
];

/**
 * Through a bridge, which makes sessions of HTTP out of server processes.
 *
 * @type {readonly Scenario[]}
 */
export const STDIO_SCENARIOS = BOTH_TRANSPORTS;

/** @type {readonly Scenario[]} */
export const HTTP_SCENARIOS = [
  ...BOTH_TRANSPORTS,
  // Through the bridge it would judge the bridge.
  { name: 'dns-rebinding-protection' },
  { name: 'tools-list', revision: LATEST, suites: 'next' },
  { name: 'resources-list', revision: LATEST, suites: 'next' },
  { name: 'server-sse-multiple-streams', revision: LATEST, suites: 'next' },
  { name: 'dns-rebinding-protection', revision: LATEST, suites: 'next' },
  { name: 'http-header-validation', revision: LATEST, suites: 'next' },
  { name: 'sep-2164-resource-not-found', revision: LATEST, suites: 'next' },
  {
    name: 'server-stateless',
    revision: LATEST,
    suites: 'next',
    unmet: {
      'sep-2575-server-rejects-undeclared-capability': NO_FIXTURE,
      'sep-2575-missing-capability-http-400': NO_FIXTURE,
      'sep-2575-http-server-no-independent-requests-on-stream': NO_FIXTURE,
      'sep-2575-server-no-log-without-loglevel': NO_FIXTURE,
    },
  },
  {
    name: 'caching',
    revision: LATEST,
    suites: 'next',
    unmet: { 'sep-2549-prompts-list-caching-hints': 'there are no prompts' },
  },
];
