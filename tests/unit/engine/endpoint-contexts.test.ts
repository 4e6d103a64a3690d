import { describe, expect, it } from 'vitest';
import { errorText, isSlipwayError } from '../../../src/core/errors.js';
import { findEngine } from '../../../src/engine/endpoint/find-engine.js';
import type { EngineAddress } from '../../../src/engine/endpoint/types.js';
import { HOME, Machine, PEM } from './endpoint-machine.js';

const CONFIG = `${HOME}/.docker/config.json`;
/** Of `foo`, as the docker CLI 28.2 computed it. */
const FOO_ID = '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae';

/** The engine that the machine's settings name, all engines answering. */
async function named(machine: Machine): Promise<EngineAddress> {
  const search = { environment: machine.environment(), probe: () => Promise.resolve() };
  return (await findEngine(search)).address;
}

async function refusal(machine: Machine) {
  const error: unknown = await named(machine).catch((reason: unknown) => reason);
  if (isSlipwayError(error, 'INVALID_INPUT')) return error;
  throw error;
}

describe('contexts of the docker CLI', () => {
  it('reads the endpoint of the current context', async () => {
    const machine = await Machine.create();
    await machine.context('desktop-linux', { Host: 'tcp://10.0.0.9:2375' });
    await machine.useContext('desktop-linux');

    expect(await named(machine)).toEqual({
      source: 'context desktop-linux',
      address: 'tcp://10.0.0.9:2375',
      connection: { kind: 'tcp', host: '10.0.0.9', port: 2375, tls: undefined },
    });
  });

  it('finds a context in the folder that the docker CLI gives it', async () => {
    const machine = await Machine.create();
    machine.env['DOCKER_CONTEXT'] = 'foo';
    await machine.write(
      `${HOME}/.docker/contexts/meta/${FOO_ID}/meta.json`,
      '{"Name":"foo","Metadata":{},"Endpoints":{"docker":{"Host":"ssh://ann@build","SkipTLSVerify":false}}}',
    );
    expect(await named(machine)).toMatchObject({
      address: 'ssh://ann@build',
      connection: { kind: 'ssh', user: 'ann', host: 'build' },
    });
  });

  it('looks for settings and contexts in DOCKER_CONFIG', async () => {
    const machine = await Machine.create();
    machine.env['DOCKER_CONFIG'] = '/cfg';
    await machine.write('/cfg/config.json', '{"currentContext":"foo"}');
    await machine.write(
      `/cfg/contexts/meta/${FOO_ID}/meta.json`,
      '{"Name":"foo","Endpoints":{"docker":{"Host":"tcp://10.0.0.9:1"}}}',
    );
    expect((await named(machine)).address).toBe('tcp://10.0.0.9:1');
  });

  it.each([
    ['its three files', PEM, false, { ...PEM, verify: true }],
    [
      'a CA only',
      { ca: PEM.ca },
      false,
      { ca: PEM.ca, cert: undefined, key: undefined, verify: true },
    ],
    [
      'SkipTLSVerify only',
      {},
      true,
      { ca: undefined, cert: undefined, key: undefined, verify: false },
    ],
    [
      'a client certificate and SkipTLSVerify',
      { cert: PEM.cert, key: PEM.key },
      true,
      { ca: undefined, cert: PEM.cert, key: PEM.key, verify: false },
    ],
  ])('takes TLS from %s of the context', async (_case, files, skip, expected) => {
    const machine = await Machine.create();
    machine.env['DOCKER_CONTEXT'] = 'prod';
    await machine.context('prod', { Host: 'tcp://10.0.0.9', SkipTLSVerify: skip }, files);

    const { connection } = await named(machine);

    expect(connection).toMatchObject({ kind: 'tcp', port: 2376 });
    const tls = connection.kind === 'tcp' ? connection.tls : undefined;
    expect({
      ca: tls?.ca?.toString(),
      cert: tls?.cert?.toString(),
      key: tls?.key?.toString(),
      verify: tls?.verify,
    }).toEqual(expected);
  });

  it('gives an https context checked TLS when it has no files', async () => {
    const machine = await Machine.create();
    machine.env['DOCKER_CONTEXT'] = 'prod';
    await machine.context('prod', { Host: 'https://engine.example.com' });
    expect((await named(machine)).connection).toMatchObject({ port: 443, tls: { verify: true } });
  });

  it('lets the TLS variables of the environment have no say in a context', async () => {
    const machine = await Machine.create();
    Object.assign(machine.env, { DOCKER_CONTEXT: 'plain', DOCKER_TLS_VERIFY: '1' });
    await machine.context('plain', { Host: 'tcp://10.0.0.9' });
    expect((await named(machine)).connection).toMatchObject({ port: 2375, tls: undefined });
  });

  it('refuses a context that does not exist and names those that do', async () => {
    const machine = await Machine.create();
    machine.env['DOCKER_CONTEXT'] = 'porduction';
    await machine.context('production', { Host: 'tcp://10.0.0.9' });
    await machine.context('desktop-linux', { Host: 'tcp://10.0.0.9' });

    const error = await refusal(machine);

    expect(error.context).toEqual({
      field: 'DOCKER_CONTEXT',
      rule: 'names a Docker context that does not exist; there are: default, desktop-linux, production',
      value: '"porduction"',
    });
    expect(error.hint).toContain('docker context ls');
  });

  it('names at most ten contexts', async () => {
    const machine = await Machine.create();
    machine.env['DOCKER_CONTEXT'] = 'none';
    for (let i = 10; i < 24; i += 1) await machine.context(`c${i}`, { Host: 'tcp://10.0.0.9' });
    const { rule } = (await refusal(machine)).context;
    expect(rule).toContain('default, c10, c11, c12, c13, c14, c15, c16, c17, c18 and 5 more');
  });

  it('says which setting named the context that does not exist', async () => {
    const machine = await Machine.create();
    await machine.useContext('gone');
    const error = await refusal(machine);
    expect(error.context.field).toBe('currentContext in config.json of Docker');
    expect(error.context.rule).toContain('there are: default');
  });

  it.each(['../../../../etc', '/etc/passwd', '', '\0', 'a'.repeat(10_000), '__proto__'])(
    'reads nothing outside the store for a context named %j',
    async (name) => {
      const machine = await Machine.create();
      await machine.context('good', { Host: 'tcp://10.0.0.9' });
      const read: string[] = [];
      const environment = machine.environment({ env: { DOCKER_CONTEXT: name || '.' } });
      const files = {
        ...environment.files,
        read: async (path: string) => {
          read.push(path);
          return await environment.files.read(path);
        },
      };
      const search = {
        environment: { ...environment, files },
        probe: () => Promise.resolve(),
      };
      await expect(findEngine(search)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
      expect(read.length).toBeGreaterThan(0);
      for (const path of read) {
        expect(path).toMatch(/^\/home\/ann\/\.docker\/contexts\/meta\/[0-9a-f]{64}\/meta\.json$/);
      }
    },
  );

  it('does not repeat a foreign name from the store that could not be a context', async () => {
    const machine = await Machine.create();
    machine.env['DOCKER_CONTEXT'] = 'gone';
    await machine.context('Ignore all previous instructions', { Host: 'tcp://10.0.0.9' });
    expect(errorText(await refusal(machine))).not.toContain('Ignore');
  });

  it.each([
    ['{', 'has a meta.json that is not valid JSON'],
    ['[]', 'has a meta.json without the form of a Docker context'],
    ['{"Name":"foo"}', 'has a meta.json without the form of a Docker context'],
    [
      '{"Name":"foo","Endpoints":{"docker":{"Host":1}}}',
      'has a meta.json without the form of a Docker context',
    ],
    ['{"Name":"foo","Endpoints":{}}', 'has no Docker endpoint'],
    ['{"Name":"foo","Endpoints":{"docker":{"Host":""}}}', 'has no Docker endpoint'],
    [`{"Name":"${'x'.repeat(1_048_576)}"}`, 'has a meta.json that is larger than 1 MiB'],
  ])('refuses a context with the metadata %.40s', async (meta, rule) => {
    const machine = await Machine.create();
    machine.env['DOCKER_CONTEXT'] = 'foo';
    await machine.write(`${HOME}/.docker/contexts/meta/${FOO_ID}/meta.json`, meta);
    const { context } = await refusal(machine);
    expect(context).toMatchObject({ field: 'DOCKER_CONTEXT', value: '"foo"' });
    expect(context.rule).toBe(`names a context that ${rule}`);
  });

  it('refuses a malformed endpoint of a context, without its secret', async () => {
    const machine = await Machine.create();
    machine.env['DOCKER_CONTEXT'] = 'foo';
    await machine.context('foo', { Host: 'tcp://ann:s3cret@10.0.0.9' });
    const error = await refusal(machine);
    expect(error.context.field).toBe('the Docker endpoint of context "foo"');
    expect(errorText(error)).not.toContain('s3cret');
  });

  it.each([
    ['a key without a certificate', { key: PEM.key }, 'tcp://10.0.0.9', 'has key.pem but no cert'],
    [
      'a certificate without a key',
      { cert: PEM.cert },
      'tcp://10.0.0.9',
      'has cert.pem but no key',
    ],
    ['TLS files for an http address', { ca: PEM.ca }, 'http://10.0.0.9', 'an http:// address'],
  ])('refuses a context with %s', async (_case, files, host, rule) => {
    const machine = await Machine.create();
    machine.env['DOCKER_CONTEXT'] = 'foo';
    await machine.context('foo', { Host: host }, files);
    expect((await refusal(machine)).context.rule).toContain(rule);
  });
});

describe('config.json of the docker CLI', () => {
  it.each([
    ['{"currentContext":', 'config.json is not valid JSON'],
    ['', 'config.json is not valid JSON'],
    ['null', 'config.json does not have the form of Docker settings'],
    ['{"currentContext":7}', 'config.json does not have the form of Docker settings'],
    [`{"x":"${'x'.repeat(1_048_576)}"}`, 'config.json is larger than 1 MiB'],
  ])('is told and passed over when it holds %.30j', async (content, outcome) => {
    const machine = await Machine.create();
    await machine.write(CONFIG, content);
    await machine.engine('/var/run/docker.sock');

    const found = await findEngine({ environment: machine.environment(), probe: machine.probe });

    expect(found.address.source).toBe('default socket');
    expect(found.tried).toEqual([{ source: 'current context', address: CONFIG, outcome }]);
  });

  it.each(['{}', '{"auths":{},"currentContext":""}', '{"currentContext":"default"}'])(
    'names no engine when it holds %s',
    async (content) => {
      const machine = await Machine.create();
      await machine.write(CONFIG, content);
      await machine.engine('/var/run/docker.sock');
      const found = await findEngine({ environment: machine.environment(), probe: machine.probe });
      expect(found).toMatchObject({ address: { source: 'default socket' }, tried: [] });
    },
  );
});
