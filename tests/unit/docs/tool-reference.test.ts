import { expect, it } from 'vitest';
import { ALL_TOOLS } from '../../../src/tools/all-tools.js';
import { TOOLS, TOOLSETS } from '../../../src/tools/registry.js';
import type { Tool } from '../../../src/tools/tool.js';
import { toolReference } from '../../support/tool-reference.js';

const INTRODUCTION = `# The tools

What a client is told of each tool, and what a call answers. This page is made from the tools: a test fails
when it is not what they say, and \`npx vitest run --project unit tests/unit/docs --update\` writes it anew.

Every answer is the same object twice: as structured content, and as JSON in the first block of text. A result
is an error (\`isError\`) when the tool could not do what was asked; a program that ends with another exit code
than 0 is none. \`error_message\` says what happened and what to do next; it is null when there is nothing to
say. Files that a run brought back follow the answer: images as images, text and other files as embedded
resources, each as long as it is small; all of them are listed in \`artifacts\`.

Arguments are strict: an unknown one is refused by its name. Arrays and objects are also taken as their JSON
text, numbers and truth values as text, and \`memory_limit\` as a number of bytes.`;

const named = (names: readonly string[]): readonly Tool[] =>
  ALL_TOOLS.filter(({ name }) => names.includes(name));

const groups = [
  { title: 'Offered by default', about: 'Always in this order.', tools: TOOLS },
  ...Object.entries(TOOLSETS).map(([name, names]) => ({
    title: `Toolset ${name}`,
    about: `Offered with \`--toolsets ${name}\`.`,
    tools: named(names),
  })),
];

it('docs/tools.md says what the tools say', async () => {
  await expect(toolReference(INTRODUCTION, groups)).toMatchFileSnapshot('../../../docs/tools.md');
});
