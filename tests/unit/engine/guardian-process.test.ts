import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, symlinkSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LABEL } from '../../../src/engine/labels.js';
import { FakeEngine } from '../../support/fake-engine/fake-engine.js';
import { closeBeforeHeaders, refusal } from '../../support/fake-engine/faults.js';
import { tempFolders } from '../../support/temp-folder.js';

const PROGRAM = fileURLToPath(new URL('../../../src/engine/guardian-process.js', import.meta.url));
const tempFolder = tempFolders();

/** A guardian, and us as the process that it looks after. */
function startGuardian(connection: object) {
  const child = spawn(process.execPath, [PROGRAM], { stdio: ['pipe', 'ignore', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let errors = '';
  child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
  const exited = once(child, 'close').then(([code, signal]) => ({
    code: Number(code),
    signal: String(signal),
    errors,
  }));
  const tell = (message: object) => child.stdin.write(`${JSON.stringify(message)}\n`);
  tell({ op: 'engine', id: 0, connection });
  return {
    child,
    tell,
    hold: (kind: 'container' | 'image', name: string, more: object = {}) =>
      tell({ op: 'hold', engine: 0, kind, name, signature: `of ${name}`, made: true, ...more }),
    /** We are gone, and the guardian as well once it is done. */
    die: () => {
      child.stdin.end();
      return exited;
    },
    exited,
  };
}

const DONE = { code: 0, signal: 'null', errors: '' };

function plant(engine: FakeEngine, name: string, signature = `of ${name}`) {
  const Labels = { [LABEL.signature]: signature };
  return engine.containers.create(name, { Image: 'busybox:1.36', Labels });
}

function names(engine: FakeEngine): readonly string[] {
  return engine.containers.all.map((container) => container.name).sort();
}

describe('when its process is gone, the guardian', () => {
  test('removes what is held, running or not, and nothing else', async () => {
    const engine = await FakeEngine.forTest();
    const guardian = startGuardian({ socketPath: engine.socketPath });
    for (const name of ['created', 'running', 'released', 'foreign']) plant(engine, name);
    engine.containers.get('running').start();
    guardian.hold('container', 'created');
    guardian.hold('container', 'running');
    guardian.hold('container', 'released');
    guardian.tell({ op: 'release', name: 'released' });
    expect(await guardian.die()).toEqual(DONE);
    expect(names(engine)).toEqual(['foreign', 'released']);
  });

  test('removes the folders that are held, links in them and not what they lead to', async () => {
    const folder = await tempFolder({ 'held/a/b': 'x', 'released/a': 'x', 'outside/a': 'x' });
    const [heldFolder, released] = [join(folder, 'held'), join(folder, 'released')];
    symlinkSync(join(folder, 'outside'), join(heldFolder, 'link'));
    const guardian = startGuardian({ socketPath: '/nonexistent/docker.sock' });
    for (const name of [heldFolder, released, join(folder, 'absent')]) {
      guardian.tell({ op: 'hold', kind: 'folder', name });
    }
    guardian.tell({ op: 'release', name: released });
    expect(await guardian.die()).toEqual(DONE);
    expect(readdirSync(folder).sort()).toEqual(['outside', 'released']);
    expect(readdirSync(join(folder, 'outside'))).toEqual(['a']);
  });

  test('removes folders without waiting for an engine that hangs', async () => {
    const folder = await tempFolder({ 'held/a': 'x' });
    const guardian = startGuardian({ socketPath: '/nonexistent/docker.sock' });
    guardian.hold('container', 'made', { made: false });
    guardian.tell({ op: 'hold', kind: 'folder', name: join(folder, 'held') });
    guardian.child.stdin.end();
    await expect.poll(() => readdirSync(folder)).toEqual([]);
    expect(guardian.child.exitCode).toBeNull();
  });

  test('removes the tag of an image', async () => {
    const engine = await FakeEngine.forTest();
    const labels = { [LABEL.signature]: 'of docker.io/library/x:run' };
    engine.images.add({ entrypoint: [], command: [], labels, files: new Map() }, 'x:run');
    const guardian = startGuardian({ socketPath: engine.socketPath });
    guardian.hold('image', 'docker.io/library/x:run');
    expect(await guardian.die()).toEqual(DONE);
    expect(engine.images.find('x:run')).toBeUndefined();
  });

  test("leaves somebody else's container that has the name", async () => {
    const engine = await FakeEngine.forTest();
    plant(engine, 'taken', 'of another');
    const guardian = startGuardian({ socketPath: engine.socketPath });
    guardian.hold('container', 'taken');
    expect(await guardian.die()).toEqual(DONE);
    expect(names(engine)).toEqual(['taken']);
  });

  test('waits for one whose creation is under way', async () => {
    const engine = await FakeEngine.forTest();
    const guardian = startGuardian({ socketPath: engine.socketPath });
    guardian.hold('container', 'late', { made: false });
    const ended = guardian.die();
    await engine.asked('inspect');
    plant(engine, 'late');
    expect(await ended).toEqual(DONE);
    expect(names(engine)).toEqual([]);
  });

  test('does not wait for one that was there and is gone', async () => {
    const engine = await FakeEngine.forTest();
    const guardian = startGuardian({ socketPath: engine.socketPath });
    guardian.hold('container', 'gone', { made: false });
    guardian.tell({ op: 'made', name: 'gone' });
    expect(await guardian.die()).toEqual(DONE);
    expect(engine.count('inspect')).toBe(1);
  });

  test('asks nothing when nothing is held', async () => {
    const engine = await FakeEngine.forTest();
    expect(await startGuardian({ socketPath: engine.socketPath }).die()).toEqual(DONE);
    expect(engine.calls).toEqual([]);
  });

  test('goes on while the engine is restarted and refuses', async () => {
    const engine = await FakeEngine.forTest();
    plant(engine, 'x');
    const guardian = startGuardian({ socketPath: engine.socketPath });
    guardian.hold('container', 'x');
    engine.fail('inspect', closeBeforeHeaders, 1);
    engine.fail('remove', refusal(500, 'device or resource busy'), 1);
    const ended = guardian.die();
    await engine.asked('inspect');
    await engine.crash();
    await engine.listen();
    expect(await ended).toEqual(DONE);
    expect(names(engine)).toEqual([]);
  });

  test('goes on when everybody around it is asked to end', async () => {
    const engine = await FakeEngine.forTest();
    plant(engine, 'x');
    const guardian = startGuardian({ socketPath: engine.socketPath });
    guardian.hold('container', 'x');
    engine.fail('inspect', refusal(500, 'not yet'), 1);
    const ended = guardian.die();
    await engine.asked('inspect');
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) guardian.child.kill(signal);
    expect(await ended).toEqual(DONE);
    expect(names(engine)).toEqual([]);
  });

  test('reaches an engine behind TLS, with the certificate of a client', async () => {
    const engine = await FakeEngine.forTest();
    const { key, cert } = await certificate();
    const options = { key, cert, ca: cert, requestCert: true, rejectUnauthorized: true };
    const server = tls.createServer(options, (client) => {
      const behind = net.connect(engine.socketPath);
      client.pipe(behind).pipe(client);
    });
    onTestFinished(() => void server.close());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    plant(engine, 'x');
    const guardian = startGuardian({
      host: '127.0.0.1',
      port,
      tls: { ca: cert, cert, key, verify: true },
    });
    guardian.hold('container', 'x');
    expect(await guardian.die()).toEqual(DONE);
    expect(names(engine)).toEqual([]);
  });
});

/** One for 127.0.0.1 that signs itself, as PEM. */
async function certificate(): Promise<{ key: string; cert: string }> {
  const folder = await tempFolder();
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const files = ['-keyout', keyFile, '-out', certFile];
  execFileSync('openssl', ['req', '-x509', '-days', '1', ...key, ...subject, ...files], {
    stdio: 'ignore',
  });
  return { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8') };
}
