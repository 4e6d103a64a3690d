/**
 * A program that uses the library and may be killed: one call of an executor, given as JSON in
 * the first argument. It writes the type of every event to its standard output, one a line, and
 * `done` at the end.
 */
import { createDockerExecutor } from 'slipway';

/**
 * @typedef {import('slipway').PayloadExecutionConfig & import('slipway').GitHubDockerConfig} Config
 * @typedef {object} Job
 * @property {'executeContainer' | 'executeWithPayload' | 'buildAndExecuteGitHubRepo'} method
 * @property {Config} config
 * @property {import('slipway').DockerExecutorOptions['policy']} [policy]
 * @property {boolean} [keepOpen] end without closing the executor
 * @property {number} [parked] how many containers are to wait before the call
 */

/** @param {string} line */
const say = (line) => process.stdout.write(`${line}\n`);

/**
 * @param {unknown} value
 * @returns {value is Job}
 */
const isJob = (value) => typeof value === 'object' && value !== null && 'method' in value;

/** @type {unknown} */
const job = JSON.parse(process.argv[2] ?? '{}');
if (!isJob(job)) throw new TypeError('the first argument is no job');
const executor = createDockerExecutor({ policy: job.policy, warm: job.parked !== undefined });
if (job.parked !== undefined) {
  const { waiting } = await executor.park(job.config, job.parked);
  say(`parked ${waiting}`);
}
const { status } = await executor[job.method](job.config, {
  onEvent: (event) =>
    say(event.type === 'building' ? `building ${event.progress.step}` : event.type),
});
say(`status ${status}`);
if (job.keepOpen !== true) await executor.close();
say('done');
