import { describe, expect, test } from 'vitest';
import { isSlipwayError, type ErrorCode, type SlipwayError } from '../../../src/core/errors.js';
import { silentLogger } from '../../../src/core/logger.js';
import { DockerExecutor } from '../../../src/execution/docker-executor.js';
import { resolvePolicy } from '../../../src/policy/policy.js';

/** What is wrong must be refused before an engine is even looked for. */
async function refusal(
  call: (executor: DockerExecutor) => Promise<unknown>,
): Promise<SlipwayError> {
  let engineCalls = 0;
  const untouched = (): never => {
    engineCalls += 1;
    throw new Error('the engine was touched');
  };
  const executor = new DockerExecutor({
    connect: () => Promise.resolve().then(untouched),
    policy: resolvePolicy(),
    repositories: { buildRepository: () => Promise.resolve().then(untouched) },
    logger: silentLogger,
  });
  const outcome = await call(executor).then(
    () => 'it succeeded',
    (error: unknown) => error,
  );
  expect(engineCalls).toBe(0);
  if (isSlipwayError(outcome)) return outcome;
  throw new Error('no SlipwayError', { cause: outcome });
}

type Row = readonly [string, unknown, string, ErrorCode?];

/** Rows of one field: a name, the value, a part of the message, the code if not INVALID_INPUT. */
function table(field: string, rows: readonly Row[]): void {
  test.each(rows)(`${field}: %s`, async (_name, value, words, code = 'INVALID_INPUT') => {
    const config = { image: 'busybox:1.36', [field]: value };
    const error = await refusal((executor) => executor.executeContainer(config));
    expect(error.code).toBe(code);
    expect(error.message).toContain(words);
    expect(error.message).toContain(field === 'image' ? 'image' : field);
    expect(error.hint).not.toBe('');
  });
}

describe('image references (groups 1-15)', () => {
  table('image', [
    ['empty', '', 'empty'],
    ['a space', ' ', 'empty'],
    ['a space before', ' busybox', 'white space'],
    ['a space behind', 'busybox ', 'white space'],
    ['upper case', 'BusyBox', 'lower case'],
    ['a shell command', 'busybox:test; id', 'must not contain ";"'],
    ['an option', '--privileged', 'image must'],
    ['no tag after the colon', 'busybox:', 'image must'],
    ['only a tag', ':tag', 'image must'],
    ['an empty part', 'a//b', 'image must'],
    ['dots', 'a/../b', 'image must'],
    ['a dot', 'a/./b', 'image must'],
    ['a short digest', 'busybox@sha256:abc', '64 lower-case'],
    ['a tag of 129 characters', `busybox:${'t'.repeat(129)}`, '128'],
    ['10,000 characters', 'b'.repeat(10_000), '512'],
    ['a scheme', 'http://docker.io/x', 'scheme'],
    ['another scheme', 'docker://x', 'scheme'],
    ['credentials', 'user:pass@reg.example/x', 'credentials'],
    ['a link-local registry', '169.254.169.254/x', 'not permitted', 'POLICY_DENIED'],
    ['a loopback registry', '127.0.0.1:2375/x', 'not permitted', 'POLICY_DENIED'],
    ['an IPv6 registry', '[::1]:5000/x', 'not permitted', 'POLICY_DENIED'],
    ['localhost', 'localhost/x', 'not permitted', 'POLICY_DENIED'],
    ['a Greek letter', 'docker.io/library/pyth\u03bfn:3', 'image must'],
    ['a short id', 'sha256:a074', 'image must'],
    ['a number', 7, 'image must'],
    ['nothing', undefined, 'image is required'],
  ]);

  test('a password is not repeated', async () => {
    const config = { image: 'user:secretword@reg.example/x' };
    const error = await refusal((executor) => executor.executeContainer(config));
    expect(JSON.stringify(error) + error.message).not.toContain('secretword');
  });
});

describe('commands (groups 19-25)', () => {
  const broken = 'a\ud800b';
  table('command', [
    ['an empty list', [], 'command'],
    ['a NUL', ['echo', 'a\0b'], 'NUL'],
    ['an argument that is too long', ['echo', 'x'.repeat(131_072)], '131,071'],
    ['too many arguments', Array.from({ length: 10_000 }, () => 'x'), '1,000'],
    ['too much together', Array.from({ length: 900 }, () => 'x'.repeat(2000)), '1 MiB'],
    ['a number in the list', [123], 'array of strings'],
    ['null in the list', [null], 'array of strings'],
    ['a list in the list', [['a']], 'array of strings'],
    ['half a character', ['echo', broken], 'Unicode'],
    ['an empty text', '', 'empty'],
    ['a quote that is not closed', "echo 'x", 'quote'],
    ['an object', {}, 'array of strings'],
  ]);
  table('entrypoint', [
    ['an empty list', [], 'entrypoint'],
    ['a NUL', 'a\0b', 'NUL'],
  ]);
  table('workingDir', [
    ['relative', 'foo', 'absolute'],
    ['upward', '../x', 'absolute'],
    ['dots inside', '/a/../../b', '..'],
    ['5,000 characters', `/${'a/'.repeat(2500)}b`, '4095 bytes'],
    ['a NUL', '/a\0', 'control characters'],
    ['a file descriptor', '/proc/self/fd/7', '/proc'],
  ]);
  table('stdin', [
    ['a number', 5, 'must be a string or bytes'],
    ['too much', new Uint8Array(17 * 1024 ** 2), '16 MiB'],
  ]);
});

describe('environment (groups 30-37)', () => {
  table('environment', [
    ['an empty name', { '': 'x' }, 'environment'],
    ['an equals sign', { 'A=B': '1' }, 'environment'],
    ['a space', { 'A B': '1' }, 'environment'],
    ['a digit first', { '1A': '1' }, 'environment'],
    ['a dash', { 'A-B': '1' }, 'environment'],
    ['a letter beyond ASCII', { é: '1' }, 'environment'],
    ['a NUL in a value', { A: 'x\0' }, 'NUL'],
    ['a value that is too long', { A: 'x'.repeat(200_000) }, '131,071'],
    ['too many', Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`A${i}`, ''])), '256'],
    ['names that differ only in case', { a: '1', A: '2' }, 'case'],
    ['a number as value', { A: 1 }, 'environment'],
    ['a list', ['A=1'], 'environment'],
    ['the prototype', JSON.parse('{"__proto__":"x"}'), 'environment'],
  ]);

  test('names of Object.prototype are ordinary names, and change no prototype', async () => {
    const config = { image: 'Upper', environment: { constructor: 'x', toString: 'y' } };
    await refusal((executor) => executor.executeContainer(config));
    expect({}.constructor).toBe(Object);
  });
});

describe('numbers and units (groups 38-47)', () => {
  table('memoryBytes', [
    ['"0"', '0', 'at least 16 MiB'],
    ['0', 0, 'at least 16 MiB'],
    ['negative', -5, 'must be a size'],
    ['1', 1, 'at least 16 MiB'],
    ['"1b"', '1b', 'at least 16 MiB'],
    ['a space behind', '512MB ', 'must be a size'],
    ['an exponent', '1e3m', 'must be a size'],
    ['infinity', '∞', 'must be a size'],
    ['"NaN"', 'NaN', 'must be a size'],
    ['hexadecimal', '0x10m', 'must be a size'],
    ['full-width digits', '１２８m', 'must be a size'],
    ['a space inside', '512 mb', 'must be a size'],
    ['only a unit', 'm', 'must be a size'],
    ['empty', '', 'must be a size'],
    ['2^53', 2 ** 53, 'must be'],
    ['1e30', 1e30, 'must be'],
    ['a fraction of a byte', 1.5, 'must be a size'],
    ['true', true, 'must be a size'],
    ['a list', [1], 'must be a size'],
    ['null', null, 'must be a size'],
  ]);
  table('cpus', [
    ['0', 0, 'at least 0.01'],
    ['negative', -1, 'at least 0.01'],
    ['0.001', 0.001, 'at least 0.01'],
    ['64', 64, 'maximum of 2', 'LIMIT_EXCEEDED'],
    ['a text', '1', 'number'],
    ['NaN', Number.NaN, 'cpus'],
    ['infinity', Number.POSITIVE_INFINITY, 'cpus'],
  ]);
  table('pids', [
    ['0 (unlimited to the engine)', 0, 'at least 8'],
    ['-1 (unlimited to the engine)', -1, 'at least 8'],
    ['1', 1, 'at least 8'],
    ['a fraction', 8.5, 'whole number'],
  ]);
  table('timeoutMs', [
    ['0', 0, 'at least 1000 ms'],
    ['negative', -1, 'at least 1000 ms'],
    ['1', 1, 'at least 1000 ms'],
    ['1e12', 1e12, 'at most 3600000 ms'],
    ['2^31', 2 ** 31, 'at most 3600000 ms'],
    ['a text', '30', 'whole number'],
    ['a text with a unit', '30s', 'whole number'],
    ['a fraction', 1000.5, 'whole number'],
  ]);
  table('tmpfs', [
    ['a relative path', { tmp: '1m' }, 'tmpfs'],
    ['no size', { '/tmp': '' }, 'tmpfs'],
    ['more than the policy permits', { '/tmp': '2g' }, 'maximum of 1 GiB', 'LIMIT_EXCEEDED'],
  ]);

  test.each(['privileged', 'Privileged', 'HostConfig', 'hostconfig', 'binds', 'CapAdd'])(
    'the unknown option %s is named',
    async (name) => {
      const config = { image: 'busybox:1.36', [name]: true };
      const error = await refusal((executor) => executor.executeContainer(config));
      expect(error.message).toBe(`${name} is not an option of config; got true.`);
    },
  );
});

describe('names and ids (groups 48-55)', () => {
  /** Called as from JavaScript, where a value can be of any type. */
  function stopContainer(this: DockerExecutor, value: string): Promise<unknown> {
    return this.stopContainer(value);
  }

  test.each([
    ['empty', ''],
    ['a space', ' '],
    ['a star', '*'],
    ['an option', '-f'],
    ['a path', '../images/json'],
    ['a query', 'x/json?all=1'],
    ['an escape', 'a%2Fb'],
    ['a question mark', 'a?force=1'],
    ['a fragment', 'a#b'],
    ['a line end', 'a\nb'],
    ['a NUL', 'a\0b'],
    ['300 characters', 'a'.repeat(300)],
    ['an emoji', '\u{1f40b}'],
    ['a number', 5],
  ])('stopContainer refuses %s', async (_name, value) => {
    const error = await refusal((executor) =>
      Promise.resolve(Reflect.apply(stopContainer, executor, [value])),
    );
    expect(error.code).toBe('INVALID_INPUT');
    expect(error.message).toContain('container must be');
  });
});

describe('repositories', () => {
  test.each([
    ['a Dockerfile outside', { dockerfilePath: '../../etc/passwd' }, 'dockerfilePath'],
    ['an absolute Dockerfile', { dockerfilePath: '/etc/passwd' }, 'dockerfilePath'],
    ['a context outside', { contextPath: 'a/../../x' }, 'contextPath'],
    ['a build argument the builder reads', { buildArgs: { BUILDKIT_SYNTAX: 'x' } }, 'buildArgs'],
    ['an empty ref', { ref: '' }, 'ref'],
    ['a build timeout of 0', { buildTimeoutMs: 0 }, 'buildTimeoutMs'],
    ['an unknown key', { branch: 'main' }, 'branch is not an option'],
  ])('%s', async (_name, wrong, words) => {
    const config = { repositoryUrl: 'https://github.com/a/b', ...wrong };
    const error = await refusal((executor) => executor.buildAndExecuteGitHubRepo(config));
    expect(error.code).toBe('INVALID_INPUT');
    expect(error.message).toContain(words);
  });
});
