/** An MCP client that starts the server over stdio, as an AI host does, and calls all six tools. */
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { z } from 'zod';
import { serveRepository } from '../../scripts/support/git-server.mjs';

const slipway = new URL('dist/bin/slipway.js', import.meta.resolve('slipway/package.json'));
const image = 'busybox:1.36';
const answer = z.looseObject({
  success: z.boolean(),
  stdout: z.string().optional(),
  containers: z
    .array(z.object({ container_id: z.string(), image: z.string(), managed: z.boolean() }))
    .optional(),
});

// The server clones only from hosts that its policy names. This repository is on this machine.
const Dockerfile = `FROM ${image}\nRUN echo "from a repository" > /message\nCMD ["cat", "/message"]\n`;
const origin = await serveRepository({ files: { Dockerfile } });
const folder = await mkdtemp(path.join(tmpdir(), 'slipway-example-'));
const policy = path.join(folder, 'policy.json');
const permitted = JSON.stringify({ repositories: { hosts: [origin.origin] } });
await writeFile(policy, permitted, { mode: 0o600 });

const client = new Client({ name: 'example', version: '1.0.0' });
const progress = new EventEmitter();
try {
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [fileURLToPath(slipway), 'mcp', '--policy', policy, '--log-level', 'warn'],
      // A client hands on almost nothing of its environment: what the server needs is named.
      env: { DOCKER_HOST: process.env['DOCKER_HOST'] ?? '' },
    }),
  );
  const { tools } = await client.listTools();
  console.log(tools.map(({ name }) => name).join(', '));

  const pulled = await call('pull_docker_image', { image });
  const ran = await call('execute_docker_container', { image, command: 'echo $((6 * 7))' });
  const payload = await call('execute_with_payload', {
    image: 'python:3.13-slim',
    payload: 'print("from a payload")',
    payload_path: '/payload/main.py',
    command: ['python3', '/payload/main.py'],
  });
  const built = await call('build_and_execute_github_repo', { repo_url: origin.url });

  // A call that ends only when another one stops its container.
  const other = 'python:3.11-slim';
  const endless = call('execute_docker_container', { image: other, command: 'tail -f /dev/null' });
  await Promise.race([once(progress, 'running'), endless]);
  const { containers = [] } = await call('list_running_containers', {});
  const ours = containers.find((one) => one.managed && one.image === other);
  const stopped = await call('stop_container', { container_id: ours?.container_id, timeout: 1 });
  const ended = await endless;

  assert.equal(tools.length, 6);
  assert.equal(pulled.success, true);
  assert.equal(ran.stdout, '42\n');
  assert.equal(payload.stdout, 'from a payload\n');
  assert.equal(built.stdout, 'from a repository\n');
  assert.equal(stopped.success, true);
  assert.equal(ended.success, false);
} finally {
  await client.close();
  await origin.close();
  await rm(folder, { recursive: true });
}

async function call(name: string, args: Record<string, unknown>) {
  const onprogress = ({ message = '' }) => {
    console.log(`${name}: ${message}`);
    if (message.startsWith('Running')) progress.emit('running');
  };
  const result = await client.callTool({ name, arguments: args }, { onprogress });
  return answer.parse(result.structuredContent);
}
