import { describe, expect, it } from 'vitest';
import { errorText, isSlipwayError } from '../../../src/core/errors.js';
import { parseAllowedHosts, parseRepositoryUrl } from '../../../src/git/repository-url.js';

const PUBLIC = ['github.com', 'gitlab.com', 'git.example.com:8443', 'http://127.0.0.1:3000'];

function parse(url: string, hosts: readonly string[] = PUBLIC) {
  return parseRepositoryUrl(url, parseAllowedHosts(hosts));
}

function refusal(url: string, hosts?: readonly string[]): { code: string; text: string } {
  try {
    parse(url, hosts);
  } catch (error) {
    if (!isSlipwayError(error)) throw error;
    return { code: error.code, text: `${errorText(error)} ${JSON.stringify(error.context)}` };
  }
  throw new Error(`${url} was accepted`);
}

describe('a repository URL is accepted', () => {
  it.each([
    ['https://github.com/owner/repo', 'https://github.com/owner/repo', 'owner/repo'],
    ['https://github.com/owner/repo.git', 'https://github.com/owner/repo.git', 'owner/repo'],
    ['https://github.com/owner/repo/', 'https://github.com/owner/repo', 'owner/repo'],
    ['HTTPS://GitHub.com/Owner/Repo', 'https://github.com/Owner/Repo', 'Owner/Repo'],
    ['https://github.com:443/o/r', 'https://github.com/o/r', 'o/r'],
    ['https://github.com/o/.github', 'https://github.com/o/.github', 'o/.github'],
    ['https://gitlab.com/a/b/c/d', 'https://gitlab.com/a/b/c/d', 'a/b/c/d'],
    ['https://git.example.com:8443/o/r', 'https://git.example.com:8443/o/r', 'o/r'],
    ['http://127.0.0.1:3000/o/r.git', 'http://127.0.0.1:3000/o/r.git', 'o/r'],
  ])('%s', (url, canonical, name) => {
    expect(parse(url)).toMatchObject({ url: canonical, name });
  });

  it('with any named host when the operator permits "*"', () => {
    expect(parse('https://git.sr.ht/~user/repo', ['*']).url).toBe('https://git.sr.ht/~user/repo');
  });

  it('with an address only when exactly that address is permitted', () => {
    expect(parse('https://10.0.0.5/o/r', ['10.0.0.5']).url).toBe('https://10.0.0.5/o/r');
    expect(parse('http://[::1]:80/o/r', ['http://[::1]']).url).toBe('http://[::1]/o/r');
  });
});

describe('what is not an https URL of a repository is refused as input', () => {
  it.each([
    'ext::sh -c id',
    'fd::17',
    'file:///etc',
    '/etc',
    './x',
    '',
    'git://github.com/a/b',
    'http://github.com/a/b',
    'http://127.0.0.1:3001/a/b',
    'http://127.0.0.1/a/b',
    'ftp://github.com/a/b',
    'ssh://github.com/a/b',
    'git@github.com:a/b',
    'github.com/a/b',
    '--upload-pack=touch /tmp/x',
    '-u x',
    '-cprotocol.ext.allow=always',
    'https://github.com@evil.com/a/b',
    String.raw`https://github.com\@evil.com/`,
    String.raw`https://github.com\a\b`,
    'https://GITHUB.com./a/b',
    'https://gіthub.com/a/b',
    'https:///a/b',
    'https://github..com/a/b',
    'https://-github.com/a/b',
    'https://github.com:/a/b',
    'https://github.com:0/a/b',
    'https://github.com:65536/a/b',
    'https://github.com',
    'https://github.com/',
    'https://github.com/a',
    'https://github.com/a/b/c/d',
    'https://github.com/a/b/tree/main',
    'https://github.com/a//b',
    'https://github.com/a/b//',
    'https://github.com/a/b.git/../c',
    'https://gitlab.com/a/../b',
    'https://gitlab.com/a/./b',
    'https://gitlab.com/a/.git',
    'https://gitlab.com/1/2/3/4/5/6/7/8/9/10/11/12/13',
    'https://github.com/a/b?x=1',
    'https://github.com/a/b#frag',
    'https://github.com/a/%2e%2e',
    'https://github.com/a/b c',
    'https://github.com/a/b\n',
    'https://github.com/a/b\r\n-c',
    'https://github.com/a\t/b',
    'https://github.com/a/b\0',
    'https://github.com/a/$(id)',
    `https://github.com/a/${'b'.repeat(10_000)}`,
  ])('%j', (url) => {
    expect(refusal(url).code).toBe('INVALID_INPUT');
  });
});

describe('a host that the operator did not list is refused by policy', () => {
  it.each([
    'https://evil.com/a/b',
    'https://github.com.evil.com/a/b',
    'https://evil.com/github.com/a/b',
    'https://github.com:8443/a/b',
    'https://git.example.com/a/b',
    'https://127.0.0.1/a/b',
    'https://127.0.0.1:3000/a/b',
    'https://[::1]/',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://127.1/a/b',
    'https://169.254.169.254/',
    'https://localhost/a/b',
  ])('%s', (url) => {
    const { code, text } = refusal(url);
    expect(code).toBe('POLICY_DENIED');
    expect(text).toContain('repositories.hosts');
    expect(text).toContain('github.com');
  });

  it.each([
    'https://127.0.0.1/a/b',
    'https://[::1]/a/b',
    'https://2130706433/a/b',
    'https://169.254.169.254/a/b',
    'https://localhost/a/b',
    'https://db.localhost/a/b',
    'https://git.example.com:8443/a/b',
  ])('%s, even with "*"', (url) => {
    expect(refusal(url, ['*']).code).toBe('POLICY_DENIED');
  });

  it('and with an empty list no host is permitted', () => {
    expect(refusal('https://github.com/a/b', []).code).toBe('POLICY_DENIED');
  });
});

describe('secrets in a refused URL', () => {
  it.each([
    'https://user:s3cr3t@github.com/a/b',
    'https://s3cr3t@evil.com/a/b',
    'https://user:s3cr3t%40github.com/a/b',
    's3cr3t@github.com:a/b',
    'https://github.com/a/b?access_token=s3cr3t',
    'https://github.com/a/b#s3cr3t',
    'https://user:s3cr3t\n@github.com/a/b',
    `https://user:s3cr3t@github.com/${'a'.repeat(2000)}`,
  ])('%j are not repeated', (url) => {
    const { code, text } = refusal(url);
    expect(code).toBe('INVALID_INPUT');
    expect(text).not.toContain('s3cr3t');
    expect(text).not.toContain('user:');
  });
});

describe('the list of hosts', () => {
  it.each([
    'https://github.com/owner',
    'ssh://github.com',
    'git@github.com',
    'github.com:port',
    '*.github.com',
    '',
    ' ',
  ])('refuses %j and names the setting', (entry) => {
    expect(() => parseAllowedHosts(['github.com', entry])).toThrow(/^repositories\.hosts must be/);
  });
});
