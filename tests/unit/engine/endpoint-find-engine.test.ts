import { mkdir, symlink } from 'node:fs/promises';
import net from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { errorText, isSlipwayError } from '../../../src/core/errors.js';
import { findEngine } from '../../../src/engine/endpoint/find-engine.js';
import type { EngineSearch } from '../../../src/engine/endpoint/types.js';
import { HOME, Machine } from './endpoint-machine.js';

const DEFAULT = '/var/run/docker.sock';

async function unreachable(options: EngineSearch) {
  const error: unknown = await findEngine(options).catch((reason: unknown) => reason);
  if (isSlipwayError(error, 'ENGINE_UNREACHABLE')) return error;
  throw error;
}

function search(machine: Machine, more: Partial<EngineSearch> = {}): EngineSearch {
  return { environment: machine.environment(), probe: machine.probe, ...more };
}

/** A machine on which every way to name an engine names a different, living one. */
async function wellNamed(): Promise<Machine> {
  const machine = await Machine.create();
  for (const name of ['option', 'variable', 'context', 'current']) {
    await machine.engine(`/run/${name}.sock`);
  }
  await machine.engine(DEFAULT);
  await machine.context('named', { Host: 'unix:///run/context.sock' });
  await machine.context('current', { Host: 'unix:///run/current.sock' });
  await machine.useContext('current');
  Object.assign(machine.env, {
    DOCKER_HOST: 'unix:///run/variable.sock',
    DOCKER_CONTEXT: 'named',
  });
  return machine;
}

describe('the order in which an engine is named', () => {
  it('is option, DOCKER_HOST, DOCKER_CONTEXT, current context, usual places', async () => {
    const machine = await wellNamed();
    const sourceAndAddress = async (more: Partial<EngineSearch> = {}) => {
      const { address } = await findEngine(search(machine, more));
      return [address.source, address.address];
    };

    expect(await sourceAndAddress({ dockerHost: 'unix:///run/option.sock' })).toEqual([
      'option',
      'unix:///run/option.sock',
    ]);
    expect(await sourceAndAddress()).toEqual(['DOCKER_HOST', 'unix:///run/variable.sock']);
    delete machine.env['DOCKER_HOST'];
    expect(await sourceAndAddress()).toEqual(['context named', 'unix:///run/context.sock']);
    delete machine.env['DOCKER_CONTEXT'];
    expect(await sourceAndAddress()).toEqual(['context current', 'unix:///run/current.sock']);
    await machine.useContext('default');
    expect(await sourceAndAddress()).toEqual(['default socket', `unix://${DEFAULT}`]);
  });

  it('takes an empty variable as not set', async () => {
    const machine = await wellNamed();
    Object.assign(machine.env, { DOCKER_HOST: '', DOCKER_CONTEXT: '' });
    expect((await findEngine(search(machine))).address.source).toBe('context current');
  });

  it('lets DOCKER_CONTEXT=default pass over the current context', async () => {
    const machine = await wellNamed();
    Object.assign(machine.env, { DOCKER_HOST: '', DOCKER_CONTEXT: 'default' });
    expect((await findEngine(search(machine))).address.source).toBe('default socket');
  });

  it('refuses an empty option instead of taking it as not given', async () => {
    const machine = await wellNamed();
    await expect(findEngine(search(machine, { dockerHost: '' }))).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      context: { field: 'dockerHost' },
    });
  });

  it('names the variable that holds a malformed address', async () => {
    const machine = await wellNamed();
    machine.env['DOCKER_HOST'] = 'localhost:2375';
    await expect(findEngine(search(machine))).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      context: { field: 'DOCKER_HOST' },
    });
    expect(machine.probed).toEqual([]);
  });

  it('reaches a TCP engine', async () => {
    const machine = await Machine.create();
    const server = net.createServer((socket) => {
      socket.end('HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Length: 0\r\n\r\n');
    });
    const port = await machine.serveTcp(server);
    const { address } = await findEngine(
      search(machine, { dockerHost: `tcp://127.0.0.1:${port}` }),
    );
    expect(address.connection).toEqual({ kind: 'tcp', host: '127.0.0.1', port, tls: undefined });
  });
});

describe('an engine that was named and does not answer', () => {
  const HINTS = {
    option: 'Check the address',
    DOCKER_HOST: 'unset DOCKER_HOST',
    'context named': 'docker context use',
    'context current': 'docker context use',
  };

  it.each([
    ['option', 'option', { dockerHost: 'unix:///run/option.sock' }, {}],
    ['DOCKER_HOST', 'variable', {}, {}],
    ['context named', 'context', {}, { DOCKER_HOST: '' }],
    ['context current', 'current', {}, { DOCKER_HOST: '', DOCKER_CONTEXT: '' }],
  ] as const)(
    'is an error, not a reason to use another one (%s)',
    async (source, name, more, env) => {
      const machine = await wellNamed();
      Object.assign(machine.env, env);
      await machine.deadSocket(`/run/${name}.sock`);

      const error = await unreachable(search(machine, more));

      const address = `unix:///run/${name}.sock`;
      expect(error.context.tried).toEqual([{ source, address, outcome: 'nothing is listening' }]);
      expect(machine.probed).toEqual([address]);
      expect(error.message).toContain(address);
      expect(error.message).toContain('nothing was started');
      expect(error.hint).toContain(HINTS[source]);
      expect(error.cause).toMatchObject({ code: 'ECONNREFUSED' });
    },
  );

  it('gives the hint for permissions when the account may not use it', async () => {
    const machine = await Machine.create();
    machine.denied.add('/run/other.sock');
    const error = await unreachable(search(machine, { dockerHost: 'unix:///run/other.sock' }));
    expect(error.message).toContain('permission denied');
    expect(error.hint).toContain('"docker" group');
  });

  it('does not speak of groups when a firewall denies a remote engine', async () => {
    const machine = await Machine.create();
    const denied = Object.assign(new Error('connect EACCES'), { code: 'EACCES' });
    const error = await unreachable(
      search(machine, { dockerHost: 'tcp://10.0.0.9', probe: () => Promise.reject(denied) }),
    );
    expect(error.context.tried[0]?.outcome).toBe('permission denied');
    expect(error.hint).not.toContain('group');
  });
});

describe('the usual places', () => {
  it('are tried in order, and what happened at each is kept', async () => {
    const machine = await Machine.create();
    await machine.deadSocket(DEFAULT);
    await machine.write('/run/user/1000/docker.sock', 'a plain file');
    machine.denied.add(`${HOME}/.docker/run/docker.sock`);
    await machine.engine(`${HOME}/.orbstack/run/docker.sock`);
    await machine.engine(`${HOME}/.rd/docker.sock`);

    const found = await findEngine(search(machine));

    expect(found.address.source).toBe('OrbStack');
    expect(found.tried.map(({ source, outcome }) => [source, outcome])).toEqual([
      ['default socket', 'nothing is listening'],
      ['rootless socket', 'not a socket'],
      ['Docker Desktop', 'permission denied'],
      ['Docker Desktop', 'no socket there'],
    ]);
    expect(machine.probed).toEqual([
      `unix://${DEFAULT}`,
      `unix://${HOME}/.orbstack/run/docker.sock`,
    ]);
  });

  it('follow a link to a socket elsewhere', async () => {
    const machine = await Machine.create();
    await machine.engine(`${HOME}/.docker/run/docker.sock`);
    await mkdir(machine.real('/var/run'), { recursive: true });
    await symlink(machine.real(`${HOME}/.docker/run/docker.sock`), machine.real(DEFAULT));
    expect((await findEngine(search(machine))).address.source).toBe('default socket');
  });

  it('tell how to start Docker when nothing is anywhere', async () => {
    const machine = await Machine.create();

    const error = await unreachable(search(machine));

    expect(error.message).toBe(
      `Docker is not reachable (tried unix://${DEFAULT}: no socket there; ` +
        'unix:///run/user/1000/docker.sock: no socket there; ' +
        `unix://${HOME}/.docker/run/docker.sock: no socket there; and 12 more places). ` +
        'Nothing was started.',
    );
    expect(error.context.tried).toHaveLength(15);
    expect(error.hint).toContain('Start Docker Desktop or run "sudo systemctl start docker"');
    expect(error.hint).not.toContain('npm run engine');
    expect(machine.probed).toEqual([]);
  });

  it('offer the private engine in a checkout only', async () => {
    const machine = await Machine.create();
    const environment = machine.environment({ checkout: true });
    const error = await unreachable(search(machine, { environment }));
    expect(error.hint).toContain('npm run engine -- up');
  });

  it('do not speak of systemctl outside Linux', async () => {
    const machine = await Machine.create();
    for (const platform of ['darwin', 'win32'] as const) {
      const environment = machine.environment({ platform });
      const missing = Object.assign(new Error('connect ENOENT'), { code: 'ENOENT' });
      const probe = () => Promise.reject(missing);
      const { hint } = await unreachable(search(machine, { environment, probe }));
      expect(hint).toContain('Start Docker Desktop');
      expect(hint).not.toContain('systemctl');
    }
  });

  it('name the place that permission keeps us from first, and how to get it', async () => {
    const machine = await Machine.create();
    await machine.deadSocket(`${HOME}/.orbstack/run/docker.sock`);
    machine.denied.add(`${HOME}/.rd/docker.sock`);

    const error = await unreachable(search(machine));

    expect(error.message).toContain(
      `(tried unix://${HOME}/.rd/docker.sock: permission denied; ` +
        `unix://${HOME}/.orbstack/run/docker.sock: nothing is listening; ` +
        `unix://${DEFAULT}: no socket there; and 12 more places)`,
    );
    expect(error.hint).toContain('"docker" group');
    expect(error.hint).toContain('rootless');
    expect(error.hint).toContain('DOCKER_HOST');
    // Told in the order in which they were tried, whatever the message puts first.
    expect(error.context.tried[0]?.source).toBe('default socket');
  });

  it('speak of Podman, not of the docker group, when the denied socket is that of Podman', async () => {
    const machine = await Machine.create();
    machine.denied.add('/run/podman/podman.sock');
    const error = await unreachable(search(machine));
    expect(error.hint).toContain('podman.socket');
    expect(error.hint).not.toContain('group');
  });

  it('tell a config.json that could not be read among what was tried', async () => {
    const machine = await Machine.create();
    await machine.write(`${HOME}/.docker/config.json`, '{');
    expect(errorText(await unreachable(search(machine)))).toContain('is not valid JSON');
  });
});

describe('time and cancellation', () => {
  it('goes on after an engine that accepts and never answers', async () => {
    const machine = await Machine.create();
    await machine.serve(DEFAULT, net.createServer());
    await machine.engine('/run/user/1000/docker.sock');

    const found = await findEngine(search(machine, { probeTimeoutMs: 30 }));

    expect(found.address.source).toBe('rootless socket');
    expect(found.tried[0]?.outcome).toBe('no answer within 30 ms');
  });

  it('does not wait for a probe that ignores its signal', async () => {
    const machine = await Machine.create();
    const probe = () => new Promise<void>(() => undefined);
    const error = await unreachable(
      search(machine, { dockerHost: 'tcp://10.0.0.9', probe, probeTimeoutMs: 20 }),
    );
    expect(error.message).toContain('no answer within 20 ms');
  });

  it.each([
    ['unix:///var/run/docker.sock', 2000],
    ['tcp://10.0.0.9', 5000],
    ['ssh://host', 30_000],
  ])('gives %s %i ms by default', async (dockerHost, ms) => {
    const machine = await Machine.create();
    await machine.serve(DEFAULT, net.createServer());
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      let begin = (): void => undefined;
      const begun = new Promise<void>((resolve) => {
        begin = resolve;
      });
      const probe = () => {
        begin();
        return new Promise<void>(() => undefined);
      };
      const result = unreachable(search(machine, { dockerHost, probe }));
      await begun;
      vi.advanceTimersByTime(ms - 1);
      expect(vi.getTimerCount()).toBe(1);
      vi.advanceTimersByTime(1);
      expect((await result).context.tried[0]?.outcome).toBe(`no answer within ${ms} ms`);
    } finally {
      vi.useRealTimers();
    }
  });

  it('aborts the probe that is under way when its time is over', async () => {
    const machine = await Machine.create();
    let seen: AbortSignal | undefined;
    const probe: EngineSearch['probe'] = (_address, signal) => {
      seen = signal;
      return new Promise(() => undefined);
    };
    await unreachable(search(machine, { dockerHost: 'ssh://host', probe, probeTimeoutMs: 10 }));
    expect(seen?.aborted).toBe(true);
  });

  it.each(['before the search', 'while a probe is under way'])(
    "rejects with the caller's reason when cancelled %s",
    async (moment) => {
      const machine = await Machine.create();
      await machine.serve(DEFAULT, net.createServer());
      const controller = new AbortController();
      const reason = new Error('the client left');
      if (moment === 'before the search') controller.abort(reason);
      const probe: EngineSearch['probe'] = async (address, signal) => {
        controller.abort(reason);
        await machine.probe(address, signal);
      };
      await expect(findEngine(search(machine, { probe, signal: controller.signal }))).rejects.toBe(
        reason,
      );
    },
  );
});
