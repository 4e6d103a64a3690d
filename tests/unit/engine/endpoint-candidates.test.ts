import { describe, expect, it } from 'vitest';
import { engineCandidates } from '../../../src/engine/endpoint/candidates.js';
import { findEngine } from '../../../src/engine/endpoint/find-engine.js';
import { HOME, Machine } from './endpoint-machine.js';

describe('engineCandidates', () => {
  const MAC_TEMP = '/var/folders/x/T';

  it.each([
    ['default socket', '/var/run/docker.sock', {}],
    ['rootless socket', '/run/user/1000/docker.sock', {}],
    ['rootless socket', '/xdg/docker.sock', { XDG_RUNTIME_DIR: '/xdg' }],
    ['Docker Desktop', `${HOME}/.docker/run/docker.sock`, {}],
    ['Docker Desktop', `${HOME}/.docker/desktop/docker.sock`, {}],
    ['OrbStack', `${HOME}/.orbstack/run/docker.sock`, {}],
    ['Colima', `${HOME}/.colima/default/docker.sock`, {}],
    ['Colima', `${HOME}/.config/colima/default/docker.sock`, {}],
    ['Colima', '/cfg/colima/default/docker.sock', { XDG_CONFIG_HOME: '/cfg' }],
    ['Colima', '/colima/default/docker.sock', { COLIMA_HOME: '/colima' }],
    ['Rancher Desktop', `${HOME}/.rd/docker.sock`, {}],
    ['Lima', `${HOME}/.lima/default/sock/docker.sock`, {}],
    ['Lima', `${HOME}/.lima/docker/sock/docker.sock`, {}],
    ['Lima', '/lima/docker-rootful/sock/docker.sock', { LIMA_HOME: '/lima' }],
    ['Podman rootless', '/run/user/1000/podman/podman.sock', {}],
    ['Podman rootless', '/xdg/podman/podman.sock', { XDG_RUNTIME_DIR: '/xdg' }],
    ['Podman', '/run/podman/podman.sock', {}],
    ['Podman machine', `${HOME}/.local/share/containers/podman/machine/podman.sock`, {}],
    ['Podman machine', '/data/containers/podman/machine/podman.sock', { XDG_DATA_HOME: '/data' }],
    ['CONTAINER_HOST', '/pod/podman.sock', { CONTAINER_HOST: 'unix:///pod/podman.sock' }],
    ['slipway engine', `${HOME}/.local/state/slipway/engine/docker.sock`, {}],
    ['slipway engine', '/state/slipway/engine/docker.sock', { XDG_STATE_HOME: '/state' }],
    ['slipway engine', '/engine/docker.sock', { SLIPWAY_ENGINE_HOME: '/engine' }],
  ])('finds %s at %s when it is the only engine', async (source, path, env) => {
    const machine = await Machine.create();
    Object.assign(machine.env, env);
    await machine.engine(path);

    const found = await findEngine({ environment: machine.environment(), probe: machine.probe });

    expect(found.address).toEqual({
      source,
      address: `unix://${path}`,
      connection: { kind: 'socket', path },
    });
    // No other file exists, so nothing else was worth a connection.
    expect(machine.probed).toEqual([`unix://${path}`]);
    expect(found.tried.every(({ outcome }) => outcome === 'no socket there')).toBe(true);
  });

  it('finds the machine of Podman 5 in the temporary folder of macOS only', async () => {
    const machine = await Machine.create();
    machine.env['TMPDIR'] = `${MAC_TEMP}/`;
    const path = `${MAC_TEMP}/podman/podman-machine-default-api.sock`;
    await machine.engine(path);
    const search = { probe: machine.probe, environment: machine.environment() };

    await expect(findEngine(search)).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
    const environment = machine.environment({ platform: 'darwin' });
    const found = await findEngine({ ...search, environment });
    expect(found.address).toMatchObject({ source: 'Podman machine', address: `unix://${path}` });
  });

  it('tries Docker first, then products with a Docker of their own, Podman, and our own engine last', async () => {
    const machine = await Machine.create();
    machine.env['CONTAINER_HOST'] = 'ssh://core@localhost:52000/run/podman/podman.sock';

    const sources = engineCandidates(machine.environment()).map(({ source }) => source);

    expect([...new Set(sources)]).toEqual([
      'default socket',
      'rootless socket',
      'Docker Desktop',
      'OrbStack',
      'Colima',
      'Rancher Desktop',
      'Lima',
      'CONTAINER_HOST',
      'Podman rootless',
      'Podman',
      'Podman machine',
      'slipway engine',
    ]);
  });

  it('names a place once when two variables lead to it', async () => {
    const machine = await Machine.create();
    machine.env['XDG_RUNTIME_DIR'] = '/run/user/1000';
    machine.env['COLIMA_HOME'] = `${HOME}/.colima`;
    machine.env['CONTAINER_HOST'] = 'unix:///run/podman/podman.sock';

    const addresses = engineCandidates(machine.environment()).map(({ address }) => address);

    expect(addresses).toHaveLength(new Set(addresses).size);
    expect(addresses).toContain('unix:///run/user/1000/docker.sock');
  });

  it('ignores a relative folder in a variable, so that the current folder cannot name an engine', async () => {
    const machine = await Machine.create();
    const usual = engineCandidates(machine.environment());
    for (const name of [
      'XDG_RUNTIME_DIR',
      'XDG_CONFIG_HOME',
      'XDG_DATA_HOME',
      'COLIMA_HOME',
      'LIMA_HOME',
    ]) {
      machine.env[name] = 'evil';
    }

    expect(engineCandidates(machine.environment())).toEqual(usual);
  });

  it('looks for no folder of a user where there is no user id', async () => {
    const machine = await Machine.create();
    const candidates = engineCandidates(machine.environment({ uid: undefined }));
    expect(candidates.map(({ address }) => address).join(' ')).not.toContain('/run/user/');
  });

  it('tries the pipes of Docker, Docker Desktop and Podman on Windows, and no sockets', async () => {
    const machine = await Machine.create();
    const environment = machine.environment({ platform: 'win32', uid: undefined });
    expect(engineCandidates(environment).map(({ address }) => address)).toEqual([
      'npipe:////./pipe/docker_engine',
      'npipe:////./pipe/dockerDesktopLinuxEngine',
      'npipe:////./pipe/podman-machine-default',
    ]);
  });

  it('asks a Windows pipe without looking for a file', async () => {
    const machine = await Machine.create();
    const environment = machine.environment({ platform: 'win32', uid: undefined });
    const found = await findEngine({ environment, probe: () => Promise.resolve() });
    expect(found.address.connection).toEqual({ kind: 'socket', path: '//./pipe/docker_engine' });
  });

  it('gives CONTAINER_HOST checked TLS for https and none for tcp', async () => {
    const machine = await Machine.create();
    const connectionOf = (text: string) => {
      machine.env['CONTAINER_HOST'] = text;
      return engineCandidates(machine.environment()).find((c) => c.source === 'CONTAINER_HOST');
    };
    expect(connectionOf('https://podman.example.com')).toMatchObject({
      connection: { port: 443, tls: { verify: true } },
    });
    expect(connectionOf('tcp://podman.example.com:8080')).toMatchObject({
      connection: { port: 8080, tls: undefined },
    });
  });

  it('tells a malformed CONTAINER_HOST without its secret and goes on', async () => {
    const machine = await Machine.create();
    machine.env['CONTAINER_HOST'] = 'tcp://ann:s3cret@podman.example.com:8080';
    await machine.engine('/run/podman/podman.sock');

    const found = await findEngine({ environment: machine.environment(), probe: machine.probe });

    expect(found.address.source).toBe('Podman');
    expect(found.tried).toContainEqual({
      source: 'CONTAINER_HOST',
      address: 'tcp://***@podman.example.com:8080',
      outcome: 'not a valid address',
    });
  });
});
