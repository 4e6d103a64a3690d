import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { TOOLSETS } from '../../../src/tools/registry.js';
import { commandLine } from '../cli/command-line.js';
import { page } from './markdown.js';

const guide = page('docs/mcp.md');

/** Flag and variable of each row of a table. */
function rows(): readonly (readonly [flag: string, variable: string])[] {
  const cells = /^\| `(?<flag>--[\w-]+)[^|]*\| `(?<variable>[A-Z_]+)` \|/gm;
  return [...guide.matchAll(cells)].map(({ groups }) => [
    groups?.['flag'] ?? '',
    groups?.['variable'] ?? '',
  ]);
}

it('docs/mcp.md tells every switch there is, with its variable', async () => {
  const { stdout } = await commandLine(['mcp', '--help']);
  const flags = [...stdout.matchAll(/^ {2}(?:-\w, )?(?<flag>--[\w-]+)/gm)].map(
    (match) => match.groups?.['flag'],
  );
  const variables = [...stdout.matchAll(/\benv:\s+(?<name>[A-Z_]+)/g)].map(
    (match) => match.groups?.['name'],
  );
  expect(new Set(rows().map(([flag]) => flag))).toEqual(
    new Set(flags.filter((flag) => flag !== '--help')),
  );
  expect(new Set(rows().map(([, variable]) => variable))).toEqual(
    new Set([...variables, 'DOCKER_HOST']),
  );
});

it('docs/mcp.md names the tools of every toolset', () => {
  for (const [toolset, names] of Object.entries(TOOLSETS)) {
    expect(guide).toContain(
      `| \`${toolset}\` | ${names.map((name) => `\`${name}\``).join(', ')} |`,
    );
  }
});

it.each(['docs/mcp.md', 'docs/clients.md'])('every page that %s links to is there', (file) => {
  const links = [...page(file).matchAll(/\]\((?<target>[^)#:]+)\)/g)].map(
    (match) => match.groups?.['target'] ?? '',
  );
  const folder = join(fileURLToPath(new URL('../../..', import.meta.url)), dirname(file));
  expect(links).not.toHaveLength(0);
  expect(links.filter((link) => !existsSync(join(folder, link)))).toEqual([]);
});
