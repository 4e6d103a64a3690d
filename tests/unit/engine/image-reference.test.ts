import { describe, expect, it } from 'vitest';
import { isSlipwayError } from '../../../src/core/errors.js';
import { parseImageReference } from '../../../src/engine/image-reference.js';

const HEX = '0123456789abcdef'.repeat(4);
const DIGEST = `sha256:${HEX}`;

function refusal(text: string): { readonly rule: string; readonly message: string } {
  try {
    parseImageReference(text);
  } catch (error) {
    if (isSlipwayError(error, 'INVALID_INPUT')) {
      return { rule: error.context.rule, message: `${error.message} ${error.hint}` };
    }
  }
  return { rule: 'nothing was refused', message: 'nothing was refused' };
}

describe('parseImageReference', () => {
  it.each([
    ['python', 'docker.io/library/python:latest', 'python:latest'],
    ['python:3.13', 'docker.io/library/python:3.13', 'python:3.13'],
    ['docker.io/python', 'docker.io/library/python:latest', 'python:latest'],
    ['index.docker.io/python:3', 'docker.io/library/python:3', 'python:3'],
    ['docker.io/library/python', 'docker.io/library/python:latest', 'python:latest'],
    ['library/python', 'docker.io/library/python:latest', 'python:latest'],
    ['library/a/b', 'docker.io/library/a/b:latest', 'library/a/b:latest'],
    ['grafana/grafana:10.1.0', 'docker.io/grafana/grafana:10.1.0', 'grafana/grafana:10.1.0'],
    ['ghcr.io/owner/repo/part:v1', 'ghcr.io/owner/repo/part:v1', 'ghcr.io/owner/repo/part:v1'],
    ['GHCR.IO/owner/repo', 'ghcr.io/owner/repo:latest', 'ghcr.io/owner/repo:latest'],
    ['localhost/x', 'localhost/x:latest', 'localhost/x:latest'],
    ['LOCALHOST/x', 'localhost/x:latest', 'localhost/x:latest'],
    ['localhost:5000/x:1', 'localhost:5000/x:1', 'localhost:5000/x:1'],
    ['localhost:5000', 'docker.io/library/localhost:5000', 'localhost:5000'],
    ['registry:5000/a/b', 'registry:5000/a/b:latest', 'registry:5000/a/b:latest'],
    ['169.254.169.254/x', '169.254.169.254/x:latest', '169.254.169.254/x:latest'],
    ['127.0.0.1:2375/x', '127.0.0.1:2375/x:latest', '127.0.0.1:2375/x:latest'],
    ['[::1]:5000/x', '[::1]:5000/x:latest', '[::1]:5000/x:latest'],
    ['[2001:DB8::1]/x', '[2001:db8::1]/x:latest', '[2001:db8::1]/x:latest'],
    [`python@${DIGEST}`, `docker.io/library/python@${DIGEST}`, `python@${DIGEST}`],
    [`python:3@${DIGEST}`, `docker.io/library/python:3@${DIGEST}`, `python:3@${DIGEST}`],
    ['x/a.b_c__d-e--f/0', 'docker.io/x/a.b_c__d-e--f/0:latest', 'x/a.b_c__d-e--f/0:latest'],
    ['a074', 'docker.io/library/a074:latest', 'a074:latest'],
    ['python:_x.Y-z', 'docker.io/library/python:_x.Y-z', 'python:_x.Y-z'],
    ['docker.io/a.b/c', 'docker.io/a.b/c:latest', 'docker.io/a.b/c:latest'],
    ['docker.io/localhost/c', 'docker.io/localhost/c:latest', 'docker.io/localhost/c:latest'],
    [
      'docker.io/library/sha256',
      'docker.io/library/sha256:latest',
      'docker.io/library/sha256:latest',
    ],
  ])('reads %s as %s', (text, canonical, familiar) => {
    expect(parseImageReference(text)).toMatchObject({ kind: 'name', canonical, familiar });
    expect(parseImageReference(familiar)).toMatchObject({ canonical, familiar });
    expect(parseImageReference(canonical)).toMatchObject({ canonical, familiar });
  });

  it('gives every part', () => {
    expect(parseImageReference(`localhost:5000/a/b:1@${DIGEST}`)).toEqual({
      kind: 'name',
      registry: 'localhost:5000',
      repository: 'a/b',
      tag: '1',
      digest: DIGEST,
      familiar: `localhost:5000/a/b:1@${DIGEST}`,
      canonical: `localhost:5000/a/b:1@${DIGEST}`,
    });
    expect(parseImageReference('python')).toMatchObject({
      registry: 'docker.io',
      repository: 'library/python',
      tag: 'latest',
      digest: undefined,
    });
    expect(parseImageReference(`python@${DIGEST}`)).toMatchObject({
      tag: undefined,
      digest: DIGEST,
    });
  });

  it('reads an image id, which names no registry', () => {
    expect(parseImageReference(DIGEST)).toEqual({
      kind: 'id',
      id: DIGEST,
      familiar: DIGEST,
      canonical: DIGEST,
    });
  });

  it.each([
    ['', 'must not be empty'],
    [' ', 'must not be empty'],
    [' busybox', 'must not begin or end with white space'],
    ['busybox\n', 'must not begin or end with white space'],
    ['BusyBox', 'must have a repository in lower case'],
    ['ghcr.io/Owner/repo', 'must have a repository in lower case'],
    ['Owner/repo', 'must have a repository in lower case'],
    ['busybox:test; id', 'must not contain ";"'],
    ['busybox:te st', 'must not contain " "'],
    ['busybox\u0000', 'must not contain "\\u0000"'],
    ['a$b', 'must not contain "$"'],
    ['a\\b', 'must not contain "\\\\"'],
    ['a%2fb', 'must not contain "%"'],
    ['a?x=1', 'must not contain "?"'],
    ['--privileged', 'must start with a letter or a digit'],
    ['-x', 'must start with a letter or a digit'],
    ['/a', 'must start with a letter or a digit'],
    ['.a', 'must start with a letter or a digit'],
    [':tag', 'must start with a letter or a digit'],
    [`@${DIGEST}`, 'must start with a letter or a digit'],
    ['busybox:', 'must have a tag after ":"'],
    [
      'busybox:-x',
      'must have a tag of letters, digits, "_", "." and "-" that starts with none of "." and "-"',
    ],
    [
      'busybox:a:b',
      'must have a tag of letters, digits, "_", "." and "-" that starts with none of "." and "-"',
    ],
    [`busybox:${'a'.repeat(129)}`, 'must have a tag of at most 128 characters'],
    ['a//b', 'must not have an empty part between slashes'],
    ['a/', 'must not have an empty part between slashes'],
    ['ghcr.io/', 'must not have an empty part between slashes'],
    ['busybox@sha256:abc', 'must have "sha256:" and 64 lower-case hexadecimal digits after "@"'],
    [
      `busybox@sha256:${HEX.toUpperCase()}`,
      'must have "sha256:" and 64 lower-case hexadecimal digits after "@"',
    ],
    [
      `busybox@sha512:${HEX}${HEX}`,
      'must have "sha256:" and 64 lower-case hexadecimal digits after "@"',
    ],
    ['busybox@', 'must have "sha256:" and 64 lower-case hexadecimal digits after "@"'],
    [
      `busybox@${DIGEST}@${DIGEST}`,
      'must have "sha256:" and 64 lower-case hexadecimal digits after "@"',
    ],
    ['a'.repeat(10_000), 'must be at most 512 characters'],
    [`ghcr.io/${'a'.repeat(248)}`, 'must have a repository of at most 247 characters'],
    ['http://docker.io/x', 'must not have a scheme such as "https://"'],
    ['docker://x', 'must not have a scheme such as "https://"'],
    ['docker.io/library/pyth\u03BFn:3', 'must be ASCII; U+03BF is not'],
    ['py\u202Ethon', 'must be ASCII; U+202E is not'],
    ['\uFF50ython', 'must start with a letter or a digit'],
    ['python\u{1F600}', 'must be ASCII; U+1F600 is not'],
    ['reg:x/y', 'must have a port number after the registry host'],
    ['reg:/y', 'must have a port number after the registry host'],
    ['reg:0/y', 'must have a port from 1 to 65535'],
    ['reg:65536/y', 'must have a port from 1 to 65535'],
    ['ghcr.io./x', 'must have a valid registry host before the first "/"'],
    ['a..b/x', 'must have a valid registry host before the first "/"'],
    ['a.b_c/x', 'must have a valid registry host before the first "/"'],
    ['[::1/x', 'must have a valid registry host before the first "/"'],
    [HEX, 'must give an image id in full: "sha256:" and 64 lower-case hexadecimal digits'],
    [
      'sha256:a074',
      'must give an image id in full: "sha256:" and 64 lower-case hexadecimal digits',
    ],
    [`${DIGEST}0`, 'must give an image id in full: "sha256:" and 64 lower-case hexadecimal digits'],
  ])('refuses %j: %s', (text, rule) => {
    expect(refusal(text).rule).toBe(rule);
  });

  it.each([
    ['a/../b', '".."'],
    ['a/./b', '"."'],
    ['a/b..c', '"b..c"'],
    ['a/b___c', '"b___c"'],
    ['a/-b', '"-b"'],
    ['a/b_', '"b_"'],
    ['a/[b]', '"[b]"'],
  ])('refuses %s and names the part that is wrong', (text, part) => {
    expect(refusal(text).rule).toContain(`must not have ${part} in its repository: `);
  });

  it('names the field, the value and what to do', () => {
    expect(refusal('BusyBox').message).toBe(
      'image must have a repository in lower case; got "BusyBox". ' +
        'Write an image as repository[:tag], such as "python:3.13-slim". Nothing was started.',
    );
    expect(() => parseImageReference('', 'baseImage')).toThrow(
      'baseImage must not be empty; got ""',
    );
  });

  it.each([
    'user:hunter2@reg/x',
    'user:hunter2@reg:5000/x:1',
    'hunter2@reg/x',
    'user:hunter2@reg',
    'https://user:hunter2@reg/x',
    'user:hunter2;@reg/x',
    ' user:hunter2@reg/x',
    'user:hun@ter:hunter2@reg/x',
    `user:hunter2@reg/x@${DIGEST}`,
    `user:hunter2@reg/${'x'.repeat(600)}`,
  ])('refuses %s without repeating the password', (text) => {
    const { rule, message } = refusal(text);
    expect(rule).not.toBe('nothing was refused');
    expect(message).not.toContain('hunter2');
  });

  it('says that credentials do not belong into the name', () => {
    expect(refusal('user:pass@reg/x').message).toContain(
      'image must not have credentials; log in to the registry instead; got "***@reg/x".',
    );
  });

  it('accepts the longest tag and the longest repository', () => {
    expect(parseImageReference(`busybox:${'a'.repeat(128)}`)).toMatchObject({
      tag: 'a'.repeat(128),
    });
    expect(parseImageReference('a'.repeat(247))).toMatchObject({ kind: 'name' });
  });

  // With quadratic work these take minutes and run into the time limit of the test.
  it.each(['a', '@', '/', ':', 'a.', 'a-', 'a/', 'a@', '://', ' ', 'a:a@', '['])(
    'refuses a long text of %j at once',
    (unit) => {
      expect(refusal(unit.repeat(1_000_000)).rule).toMatch(/^must /);
    },
  );
});
