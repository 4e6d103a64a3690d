import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(`${root}/README.md`, 'utf8');
const configuration = z.object({
  mcpServers: z.object({ slipway: z.object({ command: z.string(), args: z.array(z.string()) }) }),
});

/** The first block of that language. */
function block(language: string): string {
  const found = new RegExp(`^\`\`\`${language}\n(?<text>[\\s\\S]*?)^\`\`\``, 'm').exec(readme);
  return found?.groups?.['text'] ?? '';
}

function environment(): Record<string, string> {
  const entries = Object.entries(process.env);
  return Object.fromEntries(
    entries.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}

describe('what the README shows works as written', () => {
  test('the library example', async () => {
    const code = block('js');
    expect(code.trim().split('\n')).toHaveLength(5);
    const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code], {
      cwd: root,
    });
    expect((await run).stdout).toBe('exited 0 42\n\n');
  });

  test('the configuration for an MCP client', async () => {
    const { command, args } = configuration.parse(JSON.parse(block('json'))).mcpServers.slipway;
    const client = new Client({ name: 'readme', version: '1.0.0' });
    await client.connect(
      new StdioClientTransport({ command, args, cwd: root, env: environment() }),
    );
    try {
      const { tools } = await client.listTools();
      const call = {
        name: 'execute_docker_container',
        arguments: { image: 'busybox:1.36', command: 'echo hi' },
      };
      const result = await client.callTool(call);
      expect(tools).toHaveLength(6);
      expect(result.structuredContent).toMatchObject({
        success: true,
        exit_code: 0,
        stdout: 'hi\n',
      });
    } finally {
      await client.close();
    }
  });

  test('every page it links to is there', () => {
    const links = [...readme.matchAll(/\]\((?<target>[^)#:]+)\)/g)].map(
      (match) => match.groups?.['target'] ?? '',
    );
    expect(links.length).toBeGreaterThan(4);
    for (const link of links) expect(readFileSync(`${root}/${link}`, 'utf8')).not.toBe('');
  });
});
