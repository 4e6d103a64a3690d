import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDockerExecutor } from '../../src/index.js';
import { askEngine, inspect } from '../support/engine-view.js';
import { errorOf, testExecutor } from '../support/executor.js';

const BUSYBOX = 'busybox:1.36';

let folder = '';
let shared = '';

beforeAll(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'slipway-mounts-')));
  shared = path.join(folder, 'shared');
  await mkdir(shared);
  await writeFile(path.join(shared, 'input.txt'), 'from the host\n');
  await writeFile(path.join(folder, 'secret.txt'), 'not for callers\n');
  await symlink(path.join(folder, 'secret.txt'), path.join(shared, 'link'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

const { executor, mine, label, containers } = testExecutor();
const run = (command: string | readonly string[], more: object = {}) =>
  executor.executeContainer({ image: BUSYBOX, command, ...mine, ...more });

describe('volumes', () => {
  test('a named volume carries files to the next run, until it is removed', async () => {
    const volumes = { '/data': `test-${label.replace(/\W/g, '')}` };
    try {
      await run('echo kept > /data/file', { volumes });
      expect((await run('cat /data/file', { volumes })).stdout).toBe('kept\n');
    } finally {
      await askEngine('DELETE', `/volumes/slipway-volume-${volumes['/data']}`);
    }
  });

  test('a name cannot reach the volume of somebody else', async () => {
    const error = await errorOf('INVALID_INPUT', run('true', { volumes: { '/data': '../other' } }));
    expect(error.message).toContain('volumes');
  });
});

describe('mounts of the host', () => {
  const mounting = () => createDockerExecutor({ policy: { resources: { mountRoots: [shared] } } });

  test('below a permitted root are read-only', async () => {
    await using permitted = mounting();
    const mounts = [{ source: shared, path: '/mnt/shared' }];
    const config = {
      image: BUSYBOX,
      command: 'cat /mnt/shared/input.txt; touch /mnt/shared/x',
      mounts,
      ...mine,
    };
    const result = await permitted.executeContainer(config);
    expect(result.stdout).toBe('from the host\n');
    expect(result.stderr).toContain('Read-only file system');
  });

  test('a link out of the root is judged by what it points to', async () => {
    await using permitted = mounting();
    const mounts = [{ source: path.join(shared, 'link'), path: '/mnt/link' }];
    const config = { image: BUSYBOX, command: 'cat /mnt/link', mounts, ...mine };
    const error = await errorOf('POLICY_DENIED', permitted.executeContainer(config));
    expect(error.context.rule).toBe('resources.mountRoots');
  });

  test('that do not exist are an error, and nothing is made', async () => {
    const mounts = [{ source: path.join(folder, 'missing'), path: '/mnt/x' }];
    const error = await errorOf('INVALID_INPUT', run('true', { mounts }));
    expect(error.message).toContain('mounts must name a file or folder that exists');
  });
});

describe('ports', () => {
  test('a published port answers on loopback, and nowhere else', async () => {
    const config = {
      image: 'python:3.13-slim',
      // It says so once it listens.
      command: ['python3', '-u', '-c', SERVER],
      ports: [{ containerPort: 8080 }],
      networkMode: 'bridge',
      ...mine,
    };
    const listening = pending<void>();
    const running = executor.executeContainer(config, {
      onEvent: ({ type }) => {
        if (type === 'output') listening.resolve();
      },
    });
    await listening.promise;
    // The engine's proxy drops a connection while the host still looks for the last container that
    // had the address (there are packets for it). The program has not seen that connection.
    await expect.poll(readFromPort, { timeout: 10_000 }).toBe('hello');
    expect((await running).exitCode).toBe(0);
  });

  test('without a network are an error', async () => {
    const error = await errorOf('INVALID_INPUT', run('true', { ports: [{ containerPort: 80 }] }));
    expect(error.message).toContain('ports need a network');
  });
});

const SERVER = `import socket
server = socket.create_server(("", 8080))
print("listening")
connection, _ = server.accept()
connection.sendall(b"hello")
connection.shutdown(socket.SHUT_WR)
# Until it was read: with its program, a container's network ends and what is on its way in it.
connection.recv(1)
`;

async function readFromPort(): Promise<string> {
  const [container] = await containers();
  const facts = await inspect(container?.Id ?? '');
  const text = JSON.stringify(facts['NetworkSettings']);
  const binding = /"8080\/tcp":\[\{"HostIp":"127\.0\.0\.1","HostPort":"(?<port>\d+)"\}\]/.exec(
    text,
  );
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: '127.0.0.1', port: Number(binding?.groups?.['port']) });
    let received = '';
    socket.on('data', (chunk) => (received += chunk.toString('utf8')));
    socket.on('end', () => resolve(received));
    socket.on('error', reject);
  });
}

function pending<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((done, fail) => {
    resolve = done;
    reject = fail;
  });
  return { promise, resolve, reject };
}

describe('limits, hosts and devices', () => {
  test('a ulimit is in force', async () => {
    const result = await run(['sh', '-c', 'ulimit -n; ulimit -Hn'], {
      ulimits: { nofile: { soft: 64, hard: 128 } },
    });
    expect(result.stdout).toBe('64\n128\n');
  });

  test('an extra host is in /etc/hosts', async () => {
    const result = await run('cat /etc/hosts', {
      extraHosts: { 'db.internal': '10.1.2.3' },
      networkMode: 'bridge',
    });
    expect(result.stdout).toMatch(/10\.1\.2\.3\s+db\.internal/);
  });

  test('GPUs that the engine does not have are a clear error, and nothing is left', async () => {
    await using permitted = createDockerExecutor({ policy: { resources: { gpus: true } } });
    const config = { image: BUSYBOX, command: 'true', gpus: 'all' as const, ...mine };
    const error = await errorOf('ENGINE_CANNOT_ENFORCE', permitted.executeContainer(config));
    expect(error.message).toBe('The container engine does not have GPUs. Nothing was run.');
    expect(await containers()).toEqual([]);
  });

  test('a runtime of the operator that the engine does not have fails closed', async () => {
    await using isolated = createDockerExecutor({
      policy: { run: { runtime: 'no-such-runtime' } },
    });
    const config = { image: BUSYBOX, command: 'true', ...mine };
    const error = await errorOf('ENGINE_CANNOT_ENFORCE', isolated.executeContainer(config));
    expect(error.message).toContain('the runtime "no-such-runtime"');
  });

  test('capabilities are none, and those the operator adds', async () => {
    const read = 'grep CapBnd /proc/self/status';
    expect((await run(read)).stdout).toMatch(/CapBnd:\s+0000000000000000/);
    await using raised = createDockerExecutor({
      policy: { run: { capabilities: ['NET_BIND_SERVICE'] } },
    });
    const result = await raised.executeContainer({ image: BUSYBOX, command: read, ...mine });
    expect(result.stdout).toMatch(/CapBnd:\s+0000000000000400/);
  });
});
