/**
 * The tour: the built `slipway mcp` server, a real MCP client over stdio, and every tool on real
 * input. Each stop says what ran, what came back and how long it took, and checks it.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { serveRepository } from '../support/git-server.mjs';
import { root } from '../support/project.mjs';
import { createReport } from './report.mjs';
import { sampleImage } from './sample-image.mjs';
import { REPOSITORY, stops } from './stops.mjs';
import { toolCaller } from './tools.mjs';

const server = path.join(root, 'dist', 'bin', 'slipway.js');
const report = createReport();
const folder = mkdtempSync(path.join(tmpdir(), 'slipway-quickstart-'));
const git = await serveRepository({ files: REPOSITORY });
const image = await sampleImage(process.env);
const client = new Client({ name: 'slipway-quickstart', version: '1.0.0' });

try {
  await client.connect(serverTransport());
  const { tools } = await client.listTools();
  const names = tools.map((tool) => tool.name).join(', ');
  report.note(`Connected to ${client.getServerVersion()?.name} over stdio; tools: ${names}`);
  const tour = stops({
    call: toolCaller(client),
    repositoryUrl: git.url,
    sampleImage: image.reference,
  });
  for (const { title, work } of tour) await report.stop(title, work);
} finally {
  await client.close();
  await image.remove();
  await git.close();
  rmSync(folder, { recursive: true, force: true });
}
const succeeded = report.finish();
if (succeeded) report.note(`For your MCP client:\n${clientConfiguration()}`);
process.exitCode = succeeded ? 0 : 1;

/** The operator permits what the tour needs: a Git server and a registry on this machine. */
function serverTransport() {
  const policy = path.join(folder, 'policy.json');
  const images = { allow: ['*', ...image.allow] };
  const text = JSON.stringify({ repositories: { hosts: [git.origin] }, images });
  writeFileSync(policy, text, { mode: 0o600 });
  return new StdioClientTransport({
    command: process.execPath,
    args: [server, 'mcp', '--policy', policy, '--log-level', 'warn'],
    env: definedEnvironment(),
    stderr: 'inherit',
  });
}

/** @returns {Record<string, string>} */
function definedEnvironment() {
  const entries = Object.entries(process.env);
  return Object.fromEntries(
    entries.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}

function clientConfiguration() {
  return JSON.stringify({ mcpServers: { slipway: { command: 'node', args: [server, 'mcp'] } } });
}
