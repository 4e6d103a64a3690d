import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { errorOf, testExecutor } from '../support/executor.js';
import { testImage } from '../support/test-image.js';

const BUSYBOX = 'busybox:1.36';
const MIB = 1024 ** 2;
const EVERY_BYTE = Uint8Array.from({ length: 256 * 64 }, (_, index) => index % 256);

const { executor, mine, volumes } = testExecutor();
const run = (command: string | readonly string[], more: object = {}) =>
  executor.executeContainer({ image: BUSYBOX, command, ...mine, ...more });

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe('files in', () => {
  test('text, bytes and base64 arrive as they are, in folders that did not exist', async () => {
    const result = await run('cat /a/b/text; sha256sum /bytes /coded | cut -d" " -f1', {
      files: [
        { path: '/a/b/text', content: 'naïve\n' },
        { path: '/bytes', content: EVERY_BYTE },
        { path: '/coded', content: Buffer.from(EVERY_BYTE).toString('base64'), encoding: 'base64' },
      ],
    });
    expect(result.stdout).toBe(`naïve\n${sha256(EVERY_BYTE)}\n${sha256(EVERY_BYTE)}\n`);
  });

  test('a file that begins with #! is executable, for any user', async () => {
    const files = [{ path: '/job/script', content: '#!/bin/sh\necho "ran as $(id -u)"\n' }];
    const result = await run(['/job/script'], { files, user: '4321:4321' });
    expect(result.stdout).toBe('ran as 4321\n');
  });

  test('a folder that exists keeps its mode', async () => {
    const files = [{ path: '/tmp/file', content: 'x' }];
    expect((await run('stat -c %a /tmp', { files })).stdout).toBe('1777\n');
  });

  test('a payload reaches an image without a shell', async () => {
    const result = await executor.executeWithPayload({
      image: BUSYBOX,
      entrypoint: ['/bin/busybox', 'cat', '/data/in'],
      payload: { hello: ['wörld'] },
      payloadPath: '/data/in',
      ...mine,
    });
    expect(result.stdout).toBe('{"hello":["wörld"]}');
  });

  test('a payload arrives on a read-only root, under a tmpfs, and under a VOLUME', async () => {
    const before = await volumes();
    await using image = await testImage({ VOLUME: '/data' });
    for (const place of [
      { readOnly: true },
      { tmpfs: { '/payload': '1m' }, payloadPath: '/payload/deep/x' },
      { payloadPath: '/data/x' },
    ]) {
      const config = {
        image: image.reference,
        command: 'cat "$PAYLOAD_PATH"',
        payload: 'here',
        ...place,
        ...mine,
      };
      expect((await executor.executeWithPayload(config)).stdout).toBe('here');
    }
    expect(await volumes()).toEqual(before);
  });

  test.each([
    ['a relative path', [{ path: 'x', content: '' }], 'must'],
    ['a path out', [{ path: '/a/../b', content: '' }], 'must'],
    ['a path of the kernel', [{ path: '/proc/x', content: '' }], 'must'],
    [
      'one path twice',
      [
        { path: '/a', content: '' },
        { path: '/a', content: '' },
      ],
      'twice',
    ],
    [
      'a file as folder',
      [
        { path: '/a', content: '' },
        { path: '/a/b', content: '' },
      ],
      'file as a folder',
    ],
    ['what is not base64', [{ path: '/a', content: '!!', encoding: 'base64' }], 'must be base64'],
    ['too much', [{ path: '/a', content: new Uint8Array(65 * MIB) }], 'must be at most 64 MiB'],
  ])('%s is refused', async (_name, files, rule) => {
    const error = await errorOf('INVALID_INPUT', run('true', { files }));
    expect(error.message).toContain(rule);
  });
});

describe('artifacts out', () => {
  test('a file, a pattern and a folder come back as bytes', async () => {
    const script =
      'mkdir -p /out/deep && cat /in > /out/data && echo a > /out/a.csv && echo b > /out/deep/b.csv';
    const result = await run(script, {
      files: [{ path: '/in', content: EVERY_BYTE }],
      artifacts: ['/out/data', '/out/**/*.csv'],
    });
    const found = Object.fromEntries(
      result.artifacts.map(({ path, content }) => [path, sha256(content)]),
    );
    expect(found).toEqual({
      '/out/data': sha256(EVERY_BYTE),
      '/out/a.csv': sha256(Buffer.from('a\n')),
      '/out/deep/b.csv': sha256(Buffer.from('b\n')),
    });
    expect(result.omittedArtifacts).toEqual([]);
  });

  test('they come back after a failure and after a timeout too', async () => {
    const failed = await run('mkdir /out; echo x > /out/x; exit 3', { artifacts: ['/out'] });
    const late = await run('mkdir /out; echo x > /out/x; sleep 600', {
      artifacts: ['/out'],
      timeoutMs: 1000,
    });
    expect([failed, late].map((one) => one.artifacts.map(({ path }) => path))).toEqual([
      ['/out/x'],
      ['/out/x'],
    ]);
  });

  test('on a read-only root the folder is writable, also for nobody', async () => {
    const result = await run('echo x > /job/out/x', {
      artifacts: ['/job/out/*'],
      readOnly: true,
      user: '65534:65534',
    });
    expect(result.artifacts.map(({ path }) => path)).toEqual(['/job/out/x']);
  });

  test('on a read-only root a folder of the top level is refused, with the way out', async () => {
    const wrong = { artifacts: ['/out/*'], readOnly: true };
    const error = await errorOf('INVALID_INPUT', run('true', wrong));
    expect(`${error.message} ${error.hint}`).toContain('such as /job/out');
  });

  test('what is missing or too large is named', async () => {
    const script = 'mkdir /out; head -c 20000000 /dev/zero > /out/big';
    const result = await run(script, { artifacts: ['/out/*', '/nothing/here'] });
    expect(result.artifacts).toEqual([]);
    expect(result.omittedArtifacts).toEqual([
      { path: '/out/big', bytes: 20_000_000, reason: 'too_large' },
      { path: '/nothing/here', bytes: 0, reason: 'not_found' },
    ]);
  });

  test('a link is not followed', async () => {
    const result = await run('mkdir /out; ln -s /etc/passwd /out/link', { artifacts: ['/out/*'] });
    expect(result.artifacts).toEqual([]);
  });

  test('a pattern on the whole file system is refused', async () => {
    const error = await errorOf('INVALID_INPUT', run('true', { artifacts: ['/*'] }));
    expect(error.message).toContain('must name a folder before the first wildcard');
  });
});
