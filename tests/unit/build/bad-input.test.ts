import { describe, expect, test } from 'vitest';
import { createDetectors } from '../../support/no-detectors.js';
import { DockerBuilder } from '../../../src/build/docker-builder.js';
import type { DockerBuildConfig } from '../../../src/build/types.js';
import { silentLogger } from '../../../src/core/logger.js';
import { resolvePolicy } from '../../../src/policy/policy.js';
import { failureOf } from '../../support/failure.js';
import { tempFolders } from '../../support/temp-folder.js';

const tempFolder = tempFolders();

/** What is wrong must be refused before git, an engine or detection has anything to do. */
async function refusal(call: (builder: DockerBuilder) => Promise<unknown>) {
  const touched: string[] = [];
  const untouched = (what: string) => (): Promise<never> => {
    touched.push(what);
    return Promise.reject(new Error(`${what} was touched`));
  };
  const builder = new DockerBuilder({
    connect: untouched('the engine'),
    git: { clone: untouched('git clone') },
    describe: untouched('git'),
    detectors: createDetectors(untouched('detection')),
    policy: resolvePolicy(),
    specOf: () => untouched('the probe'),
    key: untouched('the key'),
    network: untouched('the network'),
    proofs: { find: untouched('a proof'), keep: untouched('a proof') },
    logger: silentLogger,
  });
  const failure = await failureOf(call(builder));
  expect(touched).toEqual([]);
  expect(failure.hint).not.toBe('');
  return failure;
}

type Row = readonly [name: string, value: unknown, words: string];

/** Rows of one option, which `buildImage` and `deployFromGitHub` both take. */
function table(field: string, rows: readonly Row[]): void {
  test.each(rows)(`${field}: %s`, async (_name, value, words) => {
    const repoPath = await tempFolder({ 'package.json': '{}' });
    const config = { repoPath, [field]: value };
    const failure = await refusal((builder) => builder.buildImage(config));
    expect(failure.code).toBe('INVALID_INPUT');
    expect(failure.message).toContain(field);
    expect(failure.message).toContain(words);
  });
}

const PATHS: readonly Row[] = [
  ['upward', '../../etc/passwd', '..'],
  ['absolute', '/etc/passwd', 'relative'],
  ['upward inside', 'a/../../x', '..'],
  ['a drive', 'C:\\x', 'relative'],
  ['backslashes', 'a\\..\\b', 'forward slashes'],
  ['two slashes', 'a//b', '//'],
  ['a dot inside', 'a/./b', '"."'],
  ['a slash at the end', 'a/', '/'],
  ['empty', '', 'empty'],
  ['blank', ' ', 'empty'],
  ['a long name', `${'x'.repeat(256)}/a`, '255 bytes'],
  ['5,000 characters', 'a/'.repeat(2500) + 'a', '4095 bytes'],
  ['a NUL', 'a\0b', 'control characters'],
  ['a line end', 'a\nb', 'control characters'],
  ['a bidirectional override', 'a\u202eb', 'control characters'],
  ['half a character', 'a\ud800', 'Unicode'],
  ['a number', 5, 'must be a text'],
];

describe('paths (groups 56-58, 78)', () => {
  table('subdir', PATHS);
  table('dockerfilePath', [...PATHS, ['the folder itself', '.', 'must name a file']]);
  table('contextPath', PATHS);
  table('repoPath', [
    ['not there', '/no/such/folder', 'does not exist'],
    ['a file', '/etc/passwd', 'must be a folder'],
    ['empty', '', 'empty'],
    ['a NUL', '/tmp\0/x', 'NUL'],
    ['a URL', 'https://example.com/a/b', 'does not exist'],
    ['missing', undefined, 'required'],
  ]);

  test('a password in a URL that is no folder is not repeated', async () => {
    const repoPath = 'https://user:hunter2@example.com/a/b';
    const failure = await refusal((builder) => builder.buildImage({ repoPath }));
    expect(failure.message + JSON.stringify(failure)).not.toContain('hunter2');
  });
});

describe('templates (group 63)', () => {
  table('template', [
    ['an object', { type: 'Program' }, 'must be a text'],
    ['empty', '', 'empty'],
    ['more than 1 MiB', 'x'.repeat(1024 * 1024 + 1), '1,048,576'],
  ]);
});

describe('build arguments (group 84)', () => {
  table('buildArgs', [
    ['an empty name', { '': 'x' }, 'names'],
    ['a space', { 'A B': 'x' }, 'names'],
    ['an option', { '--x': 'x' }, 'names'],
    ['a proxy', { HTTP_PROXY: 'http://x' }, 'builder itself'],
    ['another reader of Dockerfiles', { BUILDKIT_SYNTAX: 'evil/x' }, 'builder itself'],
    ['a value of 1 MiB', { A: 'x'.repeat(1024 * 1024) }, '4096 bytes'],
    ['a NUL', { A: '\0' }, 'NUL'],
    ['1,000', Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`A${at}`, ''])), '64'],
    ['a number', { A: 1 }, 'must be a text'],
  ]);
});

/** Called as from JavaScript, where a value can be of any type. */
function buildImage(this: DockerBuilder, config: DockerBuildConfig): Promise<unknown> {
  return this.buildImage(config);
}

describe('secrets', () => {
  table('secrets', [
    ['an empty id', { '': 'x' }, 'ids'],
    ['an id that is a mount option', { 'a,target=/etc': 'x' }, 'ids'],
    ['an id of ours', { 'slipway-ca': 'x' }, "Slipway's own"],
    ['more than BuildKit takes', { a: 'x'.repeat(500 * 1024 + 1) }, '512,000 bytes'],
    ['too many', Object.fromEntries(Array.from({ length: 65 }, (_, at) => [`s${at}`, ''])), '64'],
    ['a number', { a: 5 }, '"a" must be a text or bytes'],
    ['a list', ['x'], 'must be an object'],
  ]);

  test.each([{ value: 'hunter2' }, ['hunter2'], `hunter2${'x'.repeat(600_000)}`])(
    'are not repeated, case %#',
    async (secret) => {
      const config = { repoPath: await tempFolder(), secrets: { token: secret } };
      const failure = await refusal((builder) =>
        Promise.resolve(Reflect.apply(buildImage, builder, [config])),
      );
      expect(failure.message).toContain('"token"');
      expect(failure.message + JSON.stringify(failure)).not.toContain('hunter2');
    },
  );
});

describe('what an image is called', () => {
  table('deploymentId', [
    ['a shell command', '"; rm -rf /', 'lower case'],
    ['upper case', 'Server', 'lower case'],
    ['a path', 'a/b', 'lower case'],
    ['a tag', 'a:b', 'lower case'],
    ['an option', '--privileged', 'lower case'],
    ['empty', '', 'lower case'],
    ['a line end', 'a\n', 'lower case'],
    ['101 characters', 'x'.repeat(101), '100'],
    ['100,000 characters', `${'a-'.repeat(50_000)}!`, 'lower case'],
  ]);
  table('tag', [
    ['a shell command', 'a; rm -rf /', 'image name'],
    ['an id', `sha256:${'a'.repeat(64)}`, 'image name'],
    ['a digest, which nobody can choose', `a@sha256:${'a'.repeat(64)}`, 'image name'],
    ['upper case', 'Server', 'image name'],
    ['empty', '', 'image name'],
  ]);
  table('labels', [
    ['a label of ours', { 'io.slipway.build': 'x' }, "Slipway's own"],
    ['an empty name', { '': 'x' }, 'not empty'],
    ['a name that steers a terminal', { 'a\u001b[2J': 'x' }, 'can be read'],
    ['a long value', { a: 'x'.repeat(4097) }, '4096'],
    ['a NUL', { a: '\0' }, 'NUL'],
    ['a number', { a: 1 }, 'must be a text'],
  ]);
  table('cacheFrom', [
    ['no name', ['a b'], 'image name'],
    ['too many', Array.from({ length: 17 }, () => 'a'), '16'],
  ]);
});

describe('what a build does', () => {
  table('args', [
    ['a text', '--x', 'array of texts'],
    ['a number', [1], 'must be a text'],
    ['a NUL', ['a\0'], 'NUL'],
    ['131,072 bytes', ['ä'.repeat(65_536)], '131,071'],
    ['too many', Array.from({ length: 1001 }, () => ''), '1,000'],
    ['too much together', Array.from({ length: 900 }, () => 'x'.repeat(2000)), '1 MiB'],
  ]);
  table('env', [['a name with "="', { 'A=B': '1' }, 'env']]);
  table('prefer', [['a word', 'mine', '"auto"']]);
  table('pull', [['never', 'never', '"missing"']]);
  table('networkMode', [['host', 'host', '"none"']]);
  table('target', [['a shell command', 'a; b', 'build stage']]);
  table('platform', [['a word', 'windows', 'platform']]);
  table('certificates', [
    ['no certificate', 'hello', 'PEM'],
    ['a broken one', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', 'broken'],
  ]);
  table('timeoutMs', [
    ['0', 0, '1000'],
    ['a text', '30s', 'whole milliseconds'],
    ['a fraction', 1000.5, 'whole milliseconds'],
  ]);
  table('onEvent', [['a text', 'log', 'must be a function']]);
  table('signal', [['an object', {}, 'AbortSignal']]);
  table('serverType', [
    ['an unknown language', { type: 'cobol' }, 'node, python'],
    ['an entrypoint outside', { type: 'node', entrypoint: '../x.js' }, '..'],
    ['the folder as entrypoint', { type: 'node', entrypoint: '.' }, 'must name a file'],
  ]);
  table('privileged', [['unknown', true, 'is not an option of config']]);

  test.each([
    [{ tag: 'a', deploymentId: 'a' }, 'tag must not be given together'],
    [{ contextPath: 'a' }, 'contextPath belongs to a Dockerfile'],
    [{ dockerfilePath: 'a', prefer: 'generated' as const }, 'dockerfilePath must not be given'],
    [{ dockerfilePath: 'a', template: 'FROM x' }, 'template must not be given'],
    [{ prefer: 'repository' as const, template: 'FROM x' }, 'template must not be given'],
  ])('contradictions are told: %j', async (config, words) => {
    const repoPath = await tempFolder();
    const failure = await refusal((builder) => builder.buildImage({ repoPath, ...config }));
    expect(failure.message).toContain(words);
  });

  test('a time above the operator’s maximum is refused, not shortened', async () => {
    const config = { repoPath: await tempFolder(), timeoutMs: 1e9 };
    const failure = await refusal((builder) => builder.buildImage(config));
    expect(failure.code).toBe('LIMIT_EXCEEDED');
  });
});

describe('detect and generateDockerfile', () => {
  test.each<[string, (builder: DockerBuilder, folder: string) => Promise<unknown>]>([
    ['a folder that is not there', (builder) => builder.detect('/no/such/folder')],
    ['a folder outside', (builder, folder) => builder.detect(folder, { subdir: '../x' })],
    [
      'a hostile id',
      (builder, folder) => builder.generateDockerfile('auto', folder, '"; rm -rf /'),
    ],
    ['a missing folder', (builder) => builder.generateDockerfile('auto', '')],
  ])('refuse %s', async (_what, call) => {
    const folder = await tempFolder({ 'package.json': '{}' });
    expect((await refusal((builder) => call(builder, folder))).code).toBe('INVALID_INPUT');
  });
});

describe('deployments', () => {
  const repositoryUrl = 'https://github.com/a/b';
  test.each([
    ['no URL', { repositoryUrl: '' }, 'repositoryUrl'],
    ['an empty ref (76)', { repositoryUrl, ref: '' }, 'ref'],
    ['a token with a line end', { repositoryUrl, token: 'a\nb' }, 'token'],
    ['a registry with a login', { repositoryUrl, registry: 'u:hunter2@r.example' }, 'registry'],
    ['a registry with a scheme', { repositoryUrl, registry: 'https://r.example' }, 'registry'],
    ['a registry that is a command', { repositoryUrl, registry: '; id' }, 'registry'],
  ])('refuse %s', async (_what, config, words) => {
    const failure = await refusal((builder) => builder.deployFromGitHub(config));
    expect(failure.code).toBe('INVALID_INPUT');
    expect(failure.message).toContain(words);
    expect(failure.message).not.toContain('hunter2');
  });
});
