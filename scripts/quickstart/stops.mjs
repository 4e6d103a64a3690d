/** The stops of the tour: each calls tools on real input, checks, and tells what came back. */
import { z } from 'zod';

/**
 * @typedef {import('./report.mjs').Expect} Expect
 * @typedef {import('./tools.mjs').CallTool} CallTool
 * @typedef {Record<string, unknown>} Fields
 * @typedef {object} Surroundings
 * @property {CallTool} call
 * @property {string} repositoryUrl a Git repository with a Dockerfile, served on loopback
 * @property {string} sampleImage an image the engine does not have yet
 */

/** What the repository of the tour holds. */
export const REPOSITORY = {
  Dockerfile: [
    'FROM busybox:1.36',
    'ARG GREETING=hello',
    'COPY message.txt /message.txt',
    'RUN echo "$GREETING from the build" > /built.txt',
    'CMD ["cat", "/built.txt", "/message.txt"]',
    '',
  ].join('\n'),
  'message.txt': 'hello from the repository\n',
};

const PYTHON = `import platform, json
print(json.dumps({"language": "Python " + platform.python_version(), "sum": sum(range(10))}))
`;

const NODE = `const numbers = [3, 1, 2].sort();
console.log(JSON.stringify({ language: 'Node ' + process.version, numbers }));
`;

const containersSchema = z.array(
  z.object({
    container_id: z.string(),
    name: z.string(),
    image: z.string(),
    status: z.string(),
    managed: z.boolean(),
  }),
);

/**
 * @param {Surroundings} surroundings
 * @returns {readonly { title: string, work: (expect: Expect) => Promise<string[]> }[]}
 */
export function stops({ call, repositoryUrl, sampleImage }) {
  return [
    { title: 'Python payload on python:3.13-slim', work: (expect) => pythonPayload(call, expect) },
    { title: 'Node payload on node:24-slim', work: (expect) => nodePayload(call, expect) },
    {
      title: 'Shell command that fails, on debian:bookworm-slim',
      work: (expect) => shell(call, expect),
    },
    { title: `Pull ${sampleImage}`, work: (expect) => pull(call, expect, sampleImage) },
    {
      title: `Clone ${repositoryUrl}, build its Dockerfile, run it`,
      work: (expect) => build(call, expect, repositoryUrl),
    },
    { title: 'List and stop a running container', work: (expect) => listAndStop(call, expect) },
  ];
}

/** @type {(call: CallTool, expect: Expect) => Promise<string[]>} */
async function pythonPayload(call, expect) {
  const { fields } = await call('execute_with_payload', {
    image: 'python:3.13-slim',
    payload: PYTHON,
    payload_path: '/payload/main.py',
    command: ['python3', '/payload/main.py'],
  });
  expect('exit code', fields['exit_code'], 0);
  expect('the sum in the output', text(fields, 'stdout').includes('"sum": 45'), true);
  return outcome(fields);
}

/** @type {(call: CallTool, expect: Expect) => Promise<string[]>} */
async function nodePayload(call, expect) {
  const { fields } = await call('execute_with_payload', {
    image: 'node:24-slim',
    payload: NODE,
    payload_path: '/payload/main.mjs',
    command: ['node', '/payload/main.mjs'],
  });
  expect('exit code', fields['exit_code'], 0);
  expect('the numbers in the output', text(fields, 'stdout').includes('"numbers":[1,2,3]'), true);
  return outcome(fields);
}

/** @type {(call: CallTool, expect: Expect) => Promise<string[]>} */
async function shell(call, expect) {
  const { fields, isError } = await call('execute_docker_container', {
    image: 'debian:bookworm-slim',
    command: 'echo "it works"; echo "and fails" >&2; exit 3',
  });
  expect('exit code', fields['exit_code'], 3);
  expect('success', fields['success'], false);
  expect('tool error (a failed program is none)', isError, false);
  return outcome(fields);
}

/** @type {(call: CallTool, expect: Expect, image: string) => Promise<string[]>} */
async function pull(call, expect, image) {
  const { fields, progress } = await call('pull_docker_image', { image });
  expect('success', fields['success'], true);
  expect('progress was reported', progress.length > 0, true);
  return [
    ...lastProgress(progress),
    `digest: ${text(fields, 'digest')}, ${text(fields, 'size_bytes')} bytes`,
  ];
}

/** @type {(call: CallTool, expect: Expect, url: string) => Promise<string[]>} */
async function build(call, expect, url) {
  const { fields, progress } = await call('build_and_execute_github_repo', {
    repo_url: url,
    build_args: { GREETING: 'good morning' },
  });
  expect('exit code', fields['exit_code'], 0);
  expect('output', fields['stdout'], 'good morning from the build\nhello from the repository\n');
  return [
    ...lastProgress(progress.filter((line) => line.startsWith('Building'))),
    ...outcome(fields),
  ];
}

/** @type {(call: CallTool, expect: Expect) => Promise<string[]>} */
async function listAndStop(call, expect) {
  /** @type {Promise<import('./tools.mjs').ToolResult> | undefined} */
  let run;
  let name = '';
  await new Promise((resolve) => {
    const args = { image: 'busybox:1.36', command: 'echo started; sleep 600' };
    run = call('execute_docker_container', args, (line) => {
      name = /^Running \S+ as (?<name>[\w-]+)/.exec(line)?.groups?.['name'] ?? name;
      if (name !== '') resolve(undefined);
    });
    // Should it end early, the checks below say what is wrong.
    run.then(resolve, resolve);
  });
  const { fields: list } = await call('list_running_containers', {});
  const ours = containersSchema
    .parse(list['containers'])
    .find((one) => one.managed && one.name === name);
  expect('the container is listed as ours', ours !== undefined, true);
  const { fields: stopped } = await call('stop_container', {
    container_id: ours?.container_id ?? '',
    timeout: 1,
  });
  expect('stop succeeded', stopped['success'], true);
  const fields = (await run)?.fields ?? {};
  expect('success of the stopped run', fields['success'], false);
  return [
    `listed: ${ours?.name} (${ours?.status})`,
    `the run answered: ${text(fields, 'error_message')}`,
  ];
}

/**
 * @param {Fields} fields
 * @returns {string[]}
 */
function outcome(fields) {
  const lines = [`exit code ${text(fields, 'exit_code')} in ${text(fields, 'execution_time')} s`];
  for (const stream of ['stdout', 'stderr']) {
    const written = text(fields, stream).trimEnd();
    if (written !== '') lines.push(...written.split('\n').map((line) => `${stream}: ${line}`));
  }
  if (fields['error_message'] !== null) lines.push(`message: ${text(fields, 'error_message')}`);
  return lines;
}

/**
 * @param {Fields} fields
 * @param {string} name
 */
function text(fields, name) {
  const value = fields[name];
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

/** @param {string[]} progress */
function lastProgress(progress) {
  return progress.slice(-3).map((line) => `progress: ${line}`);
}
