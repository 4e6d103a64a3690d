import { describe, expect, it } from 'vitest';
import { deploymentIdSchema } from '../../../src/build/build-options.js';
import {
  buildDateLabels,
  deploymentIdFrom,
  imageLabels,
  type LabelInput,
} from '../../../src/build/image-labels.js';
import { parseImageReference } from '../../../src/engine/image-reference.js';

const INPUT: LabelInput = {
  metadata: {
    name: '@scope/server',
    version: '1.2.3',
    description: 'Does things.',
    author: null,
    license: 'MIT',
    dependencies: {},
  },
  deploymentId: 'scope-server',
  serverType: 'node',
  entrypoint: ['node', '/app/index.js'],
  repositoryUrl: 'https://user:secret@example.com/a/b',
  commit: 'c'.repeat(40),
};

describe('the labels of an image', () => {
  it('say what it is, without what is not known and without a login', () => {
    expect(imageLabels(INPUT)).toEqual({
      'org.opencontainers.image.title': '@scope/server',
      'org.opencontainers.image.version': '1.2.3',
      'org.opencontainers.image.description': 'Does things.',
      'org.opencontainers.image.licenses': 'MIT',
      'org.opencontainers.image.source': 'https://example.com/a/b',
      'org.opencontainers.image.revision': 'c'.repeat(40),
      'mcp.deployment_id': 'scope-server',
      'mcp.server_type': 'node',
      'mcp.entrypoint': 'node /app/index.js',
    });
  });

  it.each([
    ['two\nlines', 'two lines'],
    ['\u001b[2Jred', 'red'],
    ['"; rm -rf /', '"; rm -rf /'],
    [' \t ', undefined],
    ['x'.repeat(5000), 'x'.repeat(1024)],
    [`${'x'.repeat(1023)}\u{1f40b}`, `${'x'.repeat(1023)}\ufffd`],
  ])('are one line of text: %j', (name, title) => {
    const labels = imageLabels({ ...INPUT, metadata: { ...INPUT.metadata, name } });
    expect(labels['org.opencontainers.image.title']).toBe(title);
  });

  it('tell the moment of the build apart from the rest', () => {
    expect(buildDateLabels(new Date('2026-01-02T03:04:05Z'))).toEqual({
      'mcp.build_date': '2026-01-02T03:04:05.000Z',
      'org.opencontainers.image.created': '2026-01-02T03:04:05.000Z',
    });
  });
});

describe('a name as a deployment id', () => {
  it.each([
    ['@scope/My Server', 'scope-my-server'],
    ['a.b_c', 'a-b-c'],
    ['--x--', 'x'],
    ['天気', 'server'],
    ['', 'server'],
    ['"; rm -rf /', 'rm-rf'],
    ['x'.repeat(500), 'x'.repeat(60)],
    [`${'x'.repeat(59)}/y`, 'x'.repeat(59)],
    ['İstanbul', 'i-stanbul'],
  ])('%j is %j, which an image can be called by', (name, id) => {
    expect(deploymentIdFrom(name)).toBe(id);
    expect(deploymentIdSchema.parse(id)).toBe(id);
    expect(parseImageReference(`mcp-${id}:latest`).kind).toBe('name');
  });
});
