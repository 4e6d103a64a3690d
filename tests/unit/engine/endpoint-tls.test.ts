import { describe, expect, it } from 'vitest';
import { isSlipwayError } from '../../../src/core/errors.js';
import { findEngine } from '../../../src/engine/endpoint/find-engine.js';
import type { Connection } from '../../../src/engine/endpoint/types.js';
import { HOME, Machine, PEM } from './endpoint-machine.js';

async function connect(machine: Machine, dockerHost: string): Promise<Connection> {
  const search = { dockerHost, environment: machine.environment(), probe: () => Promise.resolve() };
  return (await findEngine(search)).address.connection;
}

async function refusal(machine: Machine, dockerHost = 'tcp://10.0.0.9') {
  const error: unknown = await connect(machine, dockerHost).catch((reason: unknown) => reason);
  if (isSlipwayError(error, 'INVALID_INPUT')) return error;
  throw error;
}

async function certificates(machine: Machine, folder: string, files: Partial<typeof PEM> = PEM) {
  for (const [role, pem] of Object.entries(files)) {
    await machine.write(`${folder}/${role}.pem`, pem);
  }
}

const bytes = (text: string) => Buffer.from(text);
const ALL = { ca: bytes(PEM.ca), cert: bytes(PEM.cert), key: bytes(PEM.key) };
const NONE = { ca: undefined, cert: undefined, key: undefined };

describe('TLS of an address that was named', () => {
  it.each(['1', '0', 'false', 'no'])(
    'is checked with the files of DOCKER_CERT_PATH when DOCKER_TLS_VERIFY is %j',
    async (value) => {
      const machine = await Machine.create();
      await certificates(machine, '/certs');
      Object.assign(machine.env, { DOCKER_TLS_VERIFY: value, DOCKER_CERT_PATH: '/certs' });
      const expected = { kind: 'tcp', host: '10.0.0.9', port: 2376, tls: { ...ALL, verify: true } };
      expect(await connect(machine, 'tcp://10.0.0.9')).toEqual(expected);
    },
  );

  it('comes from the folder of the docker CLI when DOCKER_CERT_PATH is not set', async () => {
    const machine = await Machine.create();
    await certificates(machine, `${HOME}/.docker`);
    machine.env['DOCKER_TLS_VERIFY'] = '1';
    expect(await connect(machine, 'tcp://10.0.0.9')).toMatchObject({ tls: ALL });
  });

  it('comes from DOCKER_CONFIG when that is set', async () => {
    const machine = await Machine.create();
    await certificates(machine, '/cfg');
    Object.assign(machine.env, { DOCKER_TLS_VERIFY: '1', DOCKER_CONFIG: '/cfg' });
    expect(await connect(machine, 'tcp://10.0.0.9')).toMatchObject({ tls: ALL });
  });

  it('needs no client certificate', async () => {
    const machine = await Machine.create();
    await certificates(machine, '/certs', { ca: PEM.ca });
    Object.assign(machine.env, { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: '/certs' });
    const tls = { ...NONE, ca: ALL.ca, verify: true };
    expect(await connect(machine, 'tcp://10.0.0.9')).toMatchObject({ tls });
  });

  it.each([
    ['DOCKER_TLS_VERIFY is empty', { DOCKER_TLS_VERIFY: '' }],
    ['only DOCKER_CERT_PATH is set', { DOCKER_CERT_PATH: '/certs' }],
  ])('is absent for tcp when %s, as for the docker CLI', async (_case, env) => {
    const machine = await Machine.create();
    await certificates(machine, '/certs');
    Object.assign(machine.env, env);
    expect(await connect(machine, 'tcp://10.0.0.9')).toMatchObject({ port: 2375, tls: undefined });
  });

  it('is not checked when only DOCKER_TLS asks for it', async () => {
    const machine = await Machine.create();
    machine.env['DOCKER_TLS'] = '1';
    const tls = { ...NONE, verify: false };
    expect(await connect(machine, 'tcp://10.0.0.9')).toMatchObject({ port: 2376, tls });
  });

  it.each([
    ['nothing', {}, { ...NONE, verify: true }],
    ['DOCKER_CERT_PATH', { DOCKER_CERT_PATH: '/certs' }, { ...ALL, verify: true }],
    ['DOCKER_TLS', { DOCKER_TLS: '1' }, { ...NONE, verify: true }],
    [
      'DOCKER_TLS_VERIFY',
      { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: '/certs' },
      { ...ALL, verify: true },
    ],
  ])('is always checked for https, with %s set', async (_case, env, tls) => {
    const machine = await Machine.create();
    await certificates(machine, '/certs');
    Object.assign(machine.env, env);
    expect(await connect(machine, 'https://10.0.0.9')).toMatchObject({ port: 443, tls });
  });

  it.each(['unix:///var/run/docker.sock', 'ssh://host'])(
    'is not looked for when the address is %s',
    async (dockerHost) => {
      const machine = await Machine.create();
      await machine.engine('/var/run/docker.sock');
      machine.env['DOCKER_TLS_VERIFY'] = '1';
      expect(await connect(machine, dockerHost)).not.toHaveProperty('tls');
    },
  );

  it.each(['DOCKER_TLS_VERIFY', 'DOCKER_TLS'])(
    'is never dropped: an http address is refused while %s asks for TLS',
    async (name) => {
      const machine = await Machine.create();
      machine.env[name] = '1';
      const error = await refusal(machine, 'http://10.0.0.9');
      expect(error.context.field).toBe('dockerHost');
      expect(error.hint).toContain('https://');
    },
  );

  it.each([
    ['ca', 'has no ca.pem (the CA certificate'],
    ['cert', 'has key.pem but no cert.pem (the client certificate)'],
    ['key', 'has cert.pem but no key.pem (the unencrypted private key'],
  ] as const)('names the folder option and the role when %s.pem is missing', async (role, rule) => {
    const machine = await Machine.create();
    await certificates(
      machine,
      '/certs',
      Object.fromEntries(Object.entries(PEM).filter(([name]) => name !== role)),
    );
    Object.assign(machine.env, { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: '/certs' });

    const { context, hint } = await refusal(machine);

    expect(context).toMatchObject({ field: 'DOCKER_CERT_PATH', value: '"/certs"' });
    expect(context.rule).toContain(rule);
    expect(hint).toContain('set DOCKER_CERT_PATH');
  });

  it('says that the default folder was meant when DOCKER_CERT_PATH is not set', async () => {
    const machine = await Machine.create();
    machine.env['DOCKER_TLS_VERIFY'] = '1';
    const { context } = await refusal(machine);
    expect(context.rule).toContain('is not set, and the default folder has no ca.pem');
    expect(context.value).toBe(`"${HOME}/.docker"`);
  });

  const ENCRYPTED =
    '-----BEGIN ENCRYPTED PRIVATE KEY-----\nYQ==\n-----END ENCRYPTED PRIVATE KEY-----';
  it.each([
    ['ca', 'x', 'PEM text'],
    ['ca', '', 'PEM text'],
    ['ca', PEM.key, 'PEM text'],
    ['cert', PEM.key, 'PEM text'],
    ['key', PEM.cert, 'PEM text'],
    ['key', ENCRYPTED, 'unencrypted private key'],
    ['ca', PEM.ca.padEnd(1_048_577), 'larger than 1 MiB'],
  ])('refuses a %s.pem that holds %.30j', async (role, content, rule) => {
    const machine = await Machine.create();
    await certificates(machine, '/certs', { ...PEM, [role]: content });
    Object.assign(machine.env, { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: '/certs' });
    const { context } = await refusal(machine);
    expect(context.rule).toContain(`${role}.pem`);
    expect(context.rule).toContain(rule);
  });

  it.each(['-----BEGIN RSA PRIVATE KEY-----', '-----BEGIN EC PRIVATE KEY-----'])(
    'accepts a key that begins with %s',
    async (begin) => {
      const machine = await Machine.create();
      await certificates(machine, '/certs', { ...PEM, key: `${begin}\n` } as object);
      Object.assign(machine.env, { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: '/certs' });
      expect(await connect(machine, 'tcp://10.0.0.9')).toMatchObject({ tls: { verify: true } });
    },
  );

  it('never repeats what is in a file', async () => {
    const machine = await Machine.create();
    await certificates(machine, '/certs', { ...PEM, ca: 's3cret' } as object);
    Object.assign(machine.env, { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: '/certs' });
    const { message, hint, context } = await refusal(machine);
    expect(message + hint + JSON.stringify(context)).not.toContain('s3cret');
  });
});
