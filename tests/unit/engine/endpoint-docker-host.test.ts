import { describe, expect, it } from 'vitest';
import { isSlipwayError, errorText } from '../../../src/core/errors.js';
import {
  formatAddress,
  parseDockerHost,
  toConnection,
} from '../../../src/engine/endpoint/docker-host.js';

function refusal(text: string) {
  try {
    parseDockerHost(text, 'DOCKER_HOST');
  } catch (error) {
    if (isSlipwayError(error, 'INVALID_INPUT')) return error;
    throw error;
  }
  throw new Error(`${text} was accepted`);
}

const socket = (path: string) => ({ kind: 'socket', path });
const tcp = (scheme: string, host: string, port?: number) => ({ kind: 'tcp', scheme, host, port });
const ssh = (host: string, more: object = {}) => ({
  kind: 'ssh',
  user: undefined,
  host,
  port: undefined,
  socketPath: undefined,
  ...more,
});

describe('parseDockerHost', () => {
  it.each([
    ['unix:///var/run/docker.sock', socket('/var/run/docker.sock')],
    ['  unix:///var/run/docker.sock\n', socket('/var/run/docker.sock')],
    ['unix:///Users/ann/my%20home/d.sock', socket('/Users/ann/my%20home/d.sock')],
    [`unix:///${'a'.repeat(106)}`, socket(`/${'a'.repeat(106)}`)],
    ['npipe:////./pipe/docker_engine', socket('//./pipe/docker_engine')],
    ['npipe://\\\\.\\pipe\\docker_engine', socket('//./pipe/docker_engine')],
    ['tcp://10.0.0.1:2376', tcp('tcp', '10.0.0.1', 2376)],
    ['tcp://10.0.0.1:2376/', tcp('tcp', '10.0.0.1', 2376)],
    ['tcp://docker_dind', tcp('tcp', 'docker_dind')],
    ['tcp://[::1]:2375', tcp('tcp', '::1', 2375)],
    ['tcp://host:1', tcp('tcp', 'host', 1)],
    ['tcp://host:65535', tcp('tcp', 'host', 65535)],
    ['http://engine.example.com:8080', tcp('http', 'engine.example.com', 8080)],
    ['https://engine.example.com', tcp('https', 'engine.example.com')],
    ['ssh://build-host', ssh('build-host')],
    ['ssh://build-host/', ssh('build-host')],
    ['ssh://ann@build.example.com:2222', ssh('build.example.com', { user: 'ann', port: 2222 })],
    ['ssh://ann@[fd00::1]', ssh('fd00::1', { user: 'ann' })],
    [
      'ssh://core@localhost:52000/run/user/1000/podman/podman.sock',
      ssh('localhost', {
        user: 'core',
        port: 52000,
        socketPath: '/run/user/1000/podman/podman.sock',
      }),
    ],
  ])('reads %j', (text, expected) => {
    expect(parseDockerHost(text, 'DOCKER_HOST')).toEqual(expected);
  });

  it.each([
    ['', 'must have one of the forms'],
    ['   ', 'must have one of the forms'],
    ['localhost:2375', 'must have one of the forms'],
    ['/var/run/docker.sock', 'must have one of the forms'],
    ['tcp:/host:2375', 'must have one of the forms'],
    ['TCP://host:2375', 'must have one of the forms'],
    ['fd://3', 'must have one of the forms'],
    ['file:///etc/passwd', 'must have one of the forms'],
    ['unix://', 'absolute path'],
    ['unix://docker.sock', 'absolute path'],
    ['unix://~/.docker/run/docker.sock', 'absolute path'],
    ['unix:///var/run/../../etc/docker.sock', '".."'],
    ['unix:///var/run/..', '".."'],
    ['unix:///var/run/', 'not a folder'],
    [`unix:///${'a'.repeat(107)}`, 'at most 107 bytes'],
    [`unix:///${'ä'.repeat(54)}`, 'at most 107 bytes'],
    ['unix:///var/run/doc\0ker.sock', 'control characters'],
    ['unix:///var/run/docker sock', 'spaces'],
    ['tcp://host\r\nX-Header: 1:2375', 'control characters'],
    ['npipe:////server/pipe/docker_engine', 'this machine'],
    ['npipe:////./pipe/../docker', 'this machine'],
    ['npipe:///var/run/docker.sock', 'this machine'],
    ['tcp://', 'must name a host'],
    ['tcp://:2375', 'must name a host'],
    ['tcp://-oProxyCommand=x:2375', 'must name a host'],
    ['tcp://exa%6Dple:2375', 'must name a host'],
    ['tcp://host:', 'port from 1 to 65535'],
    ['tcp://host:0', 'port from 1 to 65535'],
    ['tcp://host:65536', 'port from 1 to 65535'],
    ['tcp://host:99999999999', 'port from 1 to 65535'],
    ['tcp://host:23x', 'port from 1 to 65535'],
    ['tcp://host:-1', 'port from 1 to 65535'],
    ['tcp://::1:2375', 'IPv6 address in brackets'],
    ['tcp://[::1', 'IPv6 address in brackets'],
    ['tcp://[::1]2375', 'IPv6 address in brackets'],
    ['tcp://[host]:2375', 'must hold an IPv6 address'],
    ['tcp://[fe80::1%eth0]:2375', 'without a zone'],
    ['tcp://[1:2]:2375', 'must name a host'],
    ['tcp://host:2375/v1.41', 'must end after the port'],
    ['tcp://host:2375/../x', 'must end after the port'],
    ['tcp://host:2375?x=1', 'must end after the port'],
    ['tcp://host:2375#x', 'must end after the port'],
    ['tcp://user@host:2375', 'must not hold a user'],
    ['https://user:pass@host', 'must not hold a user'],
    ['ssh://', 'must name a host'],
    ['ssh://-oProxyCommand=touch', 'must name a host'],
    ['ssh://ann@-oProxyCommand=touch', 'must name a host'],
    ['ssh://-oProxyCommand=touch@host', 'without a password'],
    ['ssh://-lroot@host', 'without a password'],
    ['ssh://ann:secret@host', 'without a password'],
    ['ssh://@host', 'without a password'],
    ['ssh://ann;id@host', 'without a password'],
    ['ssh://host:22222222', 'port from 1 to 65535'],
    ['ssh://host/var/run/docker.sock;id', 'plain absolute socket path'],
    ['ssh://host/$(id)', 'plain absolute socket path'],
    ['ssh://host/var/../etc', 'plain absolute socket path'],
    ['ssh://host/run/docker.sock?x', 'plain absolute socket path'],
    ['ssh://host?x', 'plain absolute socket path'],
  ])('refuses %j and says the rule', (text, rule) => {
    const error = refusal(text);
    expect(error.context.field).toBe('DOCKER_HOST');
    expect(error.context.rule).toContain(rule);
    expect(error.message).toContain('DOCKER_HOST');
  });

  it.each([
    'tcp://user:s3cret@host:2375',
    'tcp://user:s3/cret@host:2375',
    'tcp://user:s3?cret@host:2375',
    'https://s3cret@host',
    'ssh://ann:s3cret@host',
    'ssh://ann:x@y:s3cret@host',
    'user:s3cret@host:2375',
    'TCP://user:s3cret@host',
    'tcp://host:2375/?token=s3cret',
    'tcp://host:2375#s3cret',
    'unix://user:s3cret@/run/docker.sock',
  ])('never repeats the secret of %s', (text) => {
    const error = refusal(text);
    const shown = `${errorText(error)} ${JSON.stringify(error.context)}`;
    expect(shown).not.toMatch(/s3|cret/);
    expect(error.context.value).toContain('***');
  });
});

describe('toConnection and formatAddress', () => {
  const material = { ca: undefined, cert: undefined, key: undefined, verify: true };

  it.each([
    ['tcp://host', undefined, 'tcp://host:2375'],
    ['tcp://host', material, 'tcp://host:2376'],
    ['tcp://host:9', material, 'tcp://host:9'],
    ['http://host', undefined, 'tcp://host:80'],
    ['https://host', material, 'tcp://host:443'],
    ['tcp://[::1]:2375', undefined, 'tcp://[::1]:2375'],
    ['unix:///var/run/docker.sock', undefined, 'unix:///var/run/docker.sock'],
    ['npipe:////./pipe/docker_engine', undefined, 'npipe:////./pipe/docker_engine'],
    ['ssh://ann@[fd00::1]:2222/run/d.sock', undefined, 'ssh://ann@[fd00::1]:2222/run/d.sock'],
    ['ssh://host', undefined, 'ssh://host'],
  ])('writes %s (TLS %j) as %s', (text, tls, expected) => {
    expect(formatAddress(toConnection(parseDockerHost(text, 'x'), tls))).toBe(expected);
  });
});
