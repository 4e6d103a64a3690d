import { describe, expect, it } from 'vitest';
import { gitEnvironment } from '../../../src/git/hardening.js';

const call = { home: '/empty', protocol: 'https' } as const;

describe('the environment of git', () => {
  it('holds nothing of ours but the path, the proxy and the certificates', () => {
    const environment = gitEnvironment(call, {
      PATH: '/usr/bin',
      HOME: '/home/me',
      https_proxy: 'http://proxy:3128',
      NO_PROXY: 'localhost',
      GIT_SSL_CAINFO: '/etc/company.pem',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'core.sshCommand',
      GIT_SSH_COMMAND: 'touch /tmp/x',
      GIT_EXEC_PATH: '/tmp',
      NODE_OPTIONS: '--require=/tmp/x.js',
      LD_PRELOAD: '/tmp/x.so',
      LC_ALL: 'de_DE.UTF-8',
      GITHUB_TOKEN: 'secret',
    });
    expect(environment).toEqual({
      PATH: '/usr/bin',
      https_proxy: 'http://proxy:3128',
      NO_PROXY: 'localhost',
      GIT_SSL_CAINFO: '/etc/company.pem',
      HOME: '/empty',
      LANG: 'C',
      LC_ALL: 'C',
      GIT_ALLOW_PROTOCOL: 'https',
      GIT_ALLOC_LIMIT: '256m',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_LFS_SKIP_SMUDGE: '1',
      GIT_TERMINAL_PROMPT: '0',
    });
  });

  it('looks for programs in absolute folders only, never in the checkout', () => {
    const environment = gitEnvironment(call, { PATH: '.:/usr/bin::bin:/bin:' });
    expect(environment['PATH']).toBe('/usr/bin:/bin');
  });

  it('gives git the certificates of SSL_CERT_FILE, which it does not read by itself', () => {
    const environment = gitEnvironment(call, { SSL_CERT_FILE: '/etc/all.pem' });
    expect(environment['GIT_SSL_CAINFO']).toBe('/etc/all.pem');
  });
});

describe('a login', () => {
  const login = { url: 'https://example.com:8443/owner/repository.git', token: 'a:secret token' };

  it('goes to its own host only, in the environment', () => {
    const { GIT_CONFIG_COUNT, GIT_CONFIG_KEY_0, GIT_CONFIG_VALUE_0 } = gitEnvironment(
      { ...call, login },
      {},
    );
    const credentials = Buffer.from('x-access-token:a:secret token').toString('base64');
    expect({ GIT_CONFIG_COUNT, GIT_CONFIG_KEY_0, GIT_CONFIG_VALUE_0 }).toEqual({
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'http.https://example.com:8443/.extraHeader',
      GIT_CONFIG_VALUE_0: `Authorization: Basic ${credentials}`,
    });
  });

  it('cannot add a header of its own', () => {
    const environment = gitEnvironment(
      { ...call, login: { ...login, token: 'x\r\nHost: evil.example' } },
      {},
    );
    expect(environment['GIT_CONFIG_VALUE_0']).toMatch(/^Authorization: Basic [A-Za-z0-9+/=]+$/);
  });

  it('is not there when nobody logs in', () => {
    expect(Object.keys(gitEnvironment(call, {}))).not.toContain('GIT_CONFIG_COUNT');
  });
});
