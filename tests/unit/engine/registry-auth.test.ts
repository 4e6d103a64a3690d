import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { localFiles } from '../../../src/engine/endpoint/local-machine.js';
import { CredentialsError } from '../../../src/engine/registry-auth/credentials-error.js';
import {
  registryAuthHeader,
  type RegistryAuthOptions,
  type RegistryEnvironment,
} from '../../../src/engine/registry-auth/registry-auth.js';
import { processesWith } from '../../support/processes.js';
import { tempFolders, type TempFile } from '../../support/temp-folder.js';

const temporary = tempFolders();
const HUB = 'https://index.docker.io/v1/';
const HOST = 'registry.example:5000';

/** `user:password` as settings hold it. */
const auth = (login: string): string => Buffer.from(login).toString('base64');

interface Given {
  /** `~/.docker/config.json` */
  readonly settings?: object | string;
  readonly variables?: Readonly<Record<string, string>>;
  /** Scripts by the name of the helper; they find the server in `$server`. */
  readonly helpers?: Readonly<Record<string, string>>;
  /** The folder of the helpers, below the home folder. */
  readonly helperFolder?: string;
}

async function environmentOf(given: Given): Promise<RegistryEnvironment> {
  const { settings = {}, variables, helpers = {}, helperFolder = 'bin' } = given;
  const files: Record<string, TempFile> = {
    '.docker/config.json': typeof settings === 'string' ? settings : JSON.stringify(settings),
  };
  for (const [name, script] of Object.entries(helpers)) {
    const content = `#!/bin/sh\nserver=$(cat)\n${script}\n`;
    files[`${helperFolder}/docker-credential-${name}`] = { content, mode: 0o755 };
  }
  const homeDir = await temporary(files);
  return {
    env: { PATH: join(homeDir, 'bin'), HOME: homeDir, ...variables },
    homeDir,
    platform: process.platform,
    files: localFiles,
  };
}

/** The decoded header, or undefined. */
async function loginFor(
  registry: string,
  given: Given,
  options?: RegistryAuthOptions,
): Promise<unknown> {
  const header = await registryAuthHeader(registry, await environmentOf(given), options);
  return header === undefined ? undefined : JSON.parse(Buffer.from(header, 'base64url').toString());
}

async function problemOf(given: Given, options?: RegistryAuthOptions): Promise<CredentialsError> {
  const outcome: unknown = await loginFor(HOST, given, options).catch((error: unknown) => error);
  if (outcome instanceof CredentialsError) return outcome;
  throw new Error('no problem', { cause: outcome });
}

const says = (username: string, secret: string): string =>
  `echo '${JSON.stringify({ ServerURL: 'x', Username: username, Secret: secret })}'`;

describe('the login in config.json', () => {
  it.each([
    ['user and password', { auth: auth('me:pass') }, { username: 'me', password: 'pass' }],
    ['a password with colons', { auth: auth('me:a:b:') }, { username: 'me', password: 'a:b:' }],
    ['a padded password', { auth: auth('me:pass\0\0') }, { username: 'me', password: 'pass' }],
    ['plain fields', { username: 'me', password: 'x' }, { username: 'me', password: 'x' }],
    ['an identity token', { identitytoken: 'abc' }, { identitytoken: 'abc' }],
    ['a registry token', { registrytoken: 'abc' }, { registrytoken: 'abc' }],
    [
      'an identity token with its user',
      { auth: auth('me:'), identitytoken: 'abc' },
      { username: 'me', identitytoken: 'abc' },
    ],
  ])('is sent: %s', async (_what, entry, login) => {
    const sent = await loginFor(HOST, { settings: { auths: { [HOST]: entry } } });
    expect(sent).toEqual({ ...login, serveraddress: HOST });
  });

  it('is sent in the alphabet for URLs, with padding', async () => {
    const settings = { auths: { [HOST]: { auth: auth('me:??>>~~ÿÿ') } } };
    const header = await registryAuthHeader(HOST, await environmentOf({ settings }));
    expect(header).toMatch(/^[\w-]+={0,2}$/);
    expect(header).toMatch(/[-_]/);
    expect((header ?? '').length % 4).toBe(0);
  });

  it.each([
    ['docker.io', HUB],
    ['docker.io', 'docker.io'],
    ['docker.io', 'index.docker.io'],
    ['docker.io', 'https://registry-1.docker.io/v2/'],
    [HOST, `https://${HOST}`],
    [HOST, `http://${HOST}/v1/`],
    [HOST, `${HOST}/v2/`],
    [HOST, HOST.toUpperCase()],
    ['[::1]:5000', 'http://[::1]:5000'],
  ])('for %s may stand under %s', async (registry, key) => {
    const settings = {
      auths: { 'other.example': { auth: auth('no:no') }, [key]: { auth: auth('me:x') } },
    };
    const serveraddress = registry === 'docker.io' ? HUB : registry;
    expect(await loginFor(registry, { settings })).toEqual({
      username: 'me',
      password: 'x',
      serveraddress,
    });
  });

  it.each([
    'registry.example',
    'registry.example:5001',
    'a.registry.example:5000',
    `${HOST}.evil.example`,
    'docker.io',
  ])('is not sent to %s', async (other) => {
    const settings = { auths: { [HOST]: { auth: auth('me:x') } } };
    expect(await loginFor(other, { settings })).toBeUndefined();
  });

  it.each([
    ['an empty entry', { auths: { [HOST]: {} } }],
    ['an entry without a password', { auths: { [HOST]: { auth: '' } } }],
    ['settings about other things', { currentContext: 'x', auths: null, credsStore: '' }],
  ])('is nobody with %s', async (_what, settings) => {
    expect(await loginFor(HOST, { settings })).toBeUndefined();
  });

  it('is nobody without the file', async () => {
    const environment = await environmentOf({});
    const elsewhere = { ...environment, homeDir: '/nonexistent' };
    expect(await registryAuthHeader(HOST, elsewhere)).toBeUndefined();
  });

  it('is read from the folder that DOCKER_CONFIG names', async () => {
    const settings = { auths: { [HOST]: { auth: auth('me:x') } } };
    const folder = await temporary({ 'config.json': JSON.stringify(settings) });
    expect(await loginFor(HOST, { variables: { DOCKER_CONFIG: folder } })).toMatchObject({
      username: 'me',
    });
  });

  it.each([
    [
      'is not valid JSON',
      '{"auths": {"x": {"auth": "hunter2"',
      'config.json of Docker is not valid JSON',
    ],
    [
      'has another form',
      { auths: { [HOST]: { auth: ['hunter2'] } } },
      'does not have the form of Docker settings',
    ],
    [
      'has a login that is none',
      { auths: { [HOST]: { auth: auth('hunter2') } } },
      `the entry for ${HOST}`,
    ],
  ])(
    'is a problem that is told without the secret when the file %s',
    async (_what, settings, words) => {
      const problem = await problemOf({ settings });
      expect(problem.message).toContain(words);
      expect(problem.hint).toMatch(/^[A-Z].*docker login.*\.$/);
      expect(`${problem.stack}${JSON.stringify(problem)}`).not.toContain('hunter2');
      expect(problem.cause).toBeUndefined();
    },
  );
});

describe('DOCKER_AUTH_CONFIG', () => {
  const settings = {
    auths: { [HOST]: { auth: auth('file:x') }, 'b.example': { auth: auth('b:x') } },
  };
  const variables = {
    DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { [HOST]: { auth: auth('env:x') } } }),
  };

  it('comes before config.json', async () => {
    expect(await loginFor(HOST, { settings, variables })).toMatchObject({ username: 'env' });
  });

  it('leaves other registries to config.json', async () => {
    expect(await loginFor('b.example', { settings, variables })).toMatchObject({ username: 'b' });
  });

  it('is named when it is wrong', async () => {
    const problem = await problemOf({ variables: { DOCKER_AUTH_CONFIG: 'hunter2' } });
    expect(problem.message).toBe('DOCKER_AUTH_CONFIG is not valid JSON');
  });
});

describe('a credential helper', () => {
  it('is asked on its input, with the one argument "get"', async () => {
    const script = `[ "$#" = 1 ] && [ "$1" = get ] && ${says('SERVER', 'x')} | sed "s|SERVER|$server|"`;
    const login = await loginFor(HOST, {
      settings: { credsStore: 'own' },
      helpers: { own: script },
    });
    expect(login).toEqual({ username: HOST, password: 'x', serveraddress: HOST });
  });

  it('knows Docker Hub by its old address', async () => {
    const script = `[ "$server" = ${HUB} ] && ${says('me', 'x')}`;
    const login = await loginFor('docker.io', {
      settings: { credsStore: 'own' },
      helpers: { own: script },
    });
    expect(login).toEqual({ username: 'me', password: 'x', serveraddress: HUB });
  });

  it('gives an identity token under the user name <token>', async () => {
    const given = { settings: { credsStore: 'own' }, helpers: { own: says('<token>', 'abc') } };
    expect(await loginFor(HOST, given)).toEqual({ identitytoken: 'abc', serveraddress: HOST });
  });

  it('of the registry comes before the store for all', async () => {
    const settings = { credsStore: 'all', credHelpers: { [HOST]: 'own' } };
    const helpers = { all: says('all', 'x'), own: says('own', 'x') };
    expect(await loginFor(HOST, { settings, helpers })).toMatchObject({ username: 'own' });
    expect(await loginFor('b.example', { settings, helpers })).toMatchObject({ username: 'all' });
  });

  const notFound = 'echo credentials not found in native keychain; exit 1';

  it('that has nothing leaves it to the file, and then to nobody', async () => {
    const helpers = { own: notFound };
    const auths = { [HOST]: { auth: auth('file:x') } };
    expect(await loginFor(HOST, { settings: { credsStore: 'own' }, helpers })).toBeUndefined();
    const both = { settings: { credsStore: 'own', auths }, helpers };
    expect(await loginFor(HOST, both)).toMatchObject({ username: 'file' });
  });

  it('is asked by the name in the file too', async () => {
    const script = `if [ "$server" = https://${HOST}/v2/ ]; then ${says('old', 'x')}; else ${notFound}; fi`;
    const settings = { credsStore: 'own', auths: { [`https://${HOST}/v2/`]: {} } };
    expect(await loginFor(HOST, { settings, helpers: { own: script } })).toMatchObject({
      username: 'old',
    });
  });

  it('is turned off for a registry by an empty name', async () => {
    const auths = { [HOST]: { auth: auth('file:x') } };
    const settings = { credsStore: 'own', credHelpers: { [HOST]: '' }, auths };
    const helpers = { own: says('me', 'x') };
    expect(await loginFor(HOST, { settings, helpers })).toMatchObject({ username: 'file' });
  });

  it('that fails leaves it to the file', async () => {
    const settings = { credsStore: 'own', auths: { [HOST]: { auth: auth('file:x') } } };
    expect(await loginFor(HOST, { settings, helpers: { own: 'exit 1' } })).toMatchObject({
      username: 'file',
    });
  });

  it('is found with a short PATH, where Docker puts it', async () => {
    const given = { settings: { credsStore: 'own' }, helpers: { own: says('me', 'x') } };
    const elsewhere = { ...given, helperFolder: '.docker/bin', variables: { PATH: '' } };
    expect(await loginFor(HOST, elsewhere)).toMatchObject({ username: 'me' });
  });

  it('finds its own programs with a short PATH', async () => {
    const given = {
      settings: { credsStore: 'own' },
      helpers: { own: `env true && ${says('me', 'x')}` },
    };
    expect(
      await loginFor(HOST, { ...given, helperFolder: '.docker/bin', variables: { PATH: '' } }),
    ).toMatchObject({ username: 'me' });
  });

  it('is not taken from a relative folder of PATH', async () => {
    const settings = { credsStore: 'own' };
    const given = { settings, helpers: { own: says('me', 'x') }, variables: { PATH: '.:bin' } };
    const environment = await environmentOf(given);
    const before = process.cwd();
    process.chdir(environment.homeDir);
    try {
      await expect(registryAuthHeader(HOST, environment)).rejects.toThrow('is not installed');
    } finally {
      process.chdir(before);
    }
  });

  it.each([
    ['is not installed', undefined],
    ['ended with code 7', 'echo hunter2; echo hunter2 >&2; exit 7'],
    ['ended with a signal', 'echo hunter2; kill -9 $$'],
    ['answered with something that is not credentials', 'echo hunter2'],
    ['answered with something that is not credentials', 'echo \'{"Password":"hunter2"}\''],
    ['answered with more than 64 KiB', 'while :; do echo hunter2; done'],
    ['did not answer within 300 ms', 'echo hunter2; sleep 600'],
  ])('%s: a problem that names it and not what it said', async (how, script) => {
    const helpers: Readonly<Record<string, string>> = script === undefined ? {} : { own: script };
    const problem = await problemOf(
      { settings: { credsStore: 'own' }, helpers },
      { helperTimeoutMs: how.includes('300') ? 300 : 5000 },
    );
    expect(problem.message).toBe(`the credential helper docker-credential-own ${how}`);
    expect(problem.hint).toMatch(/^[A-Z].*docker-credential-own.*\.$/);
    expect(`${problem.stack}${JSON.stringify(problem)}`).not.toContain('hunter2');
  });

  it.each(['../own', 'a/b', 'own; true', 'own\n', '-v '])(
    'cannot have the name %j',
    async (name) => {
      const settings = { credHelpers: { [HOST]: name } };
      const problem = await problemOf({ settings, helpers: { own: says('me', 'x') } });
      expect(problem.message).toContain('is not valid');
    },
  );

  it('is ended with all that it started when its time is up', async () => {
    const mark = `slipway-helper-${process.pid}`;
    const script = `sh -c 'sleep 600; : ${mark}'; echo never`;
    await problemOf(
      { settings: { credsStore: 'own' }, helpers: { own: script } },
      { helperTimeoutMs: 300 },
    );
    await expect.poll(() => processesWith(mark)).toEqual([]);
  });

  it('is ended when the caller gives up, with the reason', async () => {
    const environment = await environmentOf({
      settings: { credsStore: 'own' },
      helpers: { own: 'sleep 600' },
    });
    const controller = new AbortController();
    const reason = new Error('enough');
    const asked = registryAuthHeader(HOST, environment, { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 50);
    await expect(asked).rejects.toBe(reason);
  });
});
