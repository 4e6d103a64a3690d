import { execFileSync } from 'node:child_process';
import net from 'node:net';
import { homedir } from 'node:os';
import { isAbsolute } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { localFiles, localMachine } from '../../../src/engine/endpoint/local-machine.js';
import { MAX_FILE_BYTES } from '../../../src/engine/endpoint/types.js';
import { Machine } from './endpoint-machine.js';

describe('localMachine', () => {
  it('is this process on this machine', async () => {
    const machine = await localMachine();
    expect(machine).toMatchObject({
      homeDir: homedir(),
      uid: process.getuid?.(),
      platform: process.platform,
    });
    vi.stubEnv('DOCKER_HOST', 'unix:///x.sock');
    expect(machine.env['DOCKER_HOST']).toBe('unix:///x.sock');
  });

  it('knows that it runs from a checkout', async () => {
    expect((await localMachine()).checkout).toBe(true);
  });

  it.each(['', 'relative', '.'])(
    'takes no home folder below the current one (HOME=%j)',
    async (home) => {
      vi.stubEnv('HOME', home);
      expect(isAbsolute((await localMachine()).homeDir)).toBe(true);
    },
  );
});

describe('localFiles', () => {
  it('reads a file up to the limit and not one byte more', async () => {
    const machine = await Machine.create();
    await machine.write('/fits', Buffer.alloc(MAX_FILE_BYTES, 'x'));
    await machine.write('/large', Buffer.alloc(MAX_FILE_BYTES + 1, 'x'));

    const fits = await localFiles.read(machine.real('/fits'));

    expect(fits.kind === 'content' ? fits.bytes.length : fits).toBe(MAX_FILE_BYTES);
    expect(await localFiles.read(machine.real('/large'))).toEqual({
      kind: 'unread',
      because: 'is larger than 1 MiB',
    });
  });

  it('does not wait for the writer of a named pipe', async () => {
    const machine = await Machine.create();
    execFileSync('mkfifo', [machine.real('/pipe')]);
    expect(await localFiles.read(machine.real('/pipe'))).toEqual({
      kind: 'unread',
      because: 'is not a file',
    });
  });

  it('tells a folder, a missing file and a file below a file apart', async () => {
    const machine = await Machine.create();
    await machine.write('/folder/file', 'x');
    expect(await localFiles.read(machine.real('/folder'))).toMatchObject({ kind: 'unread' });
    expect(await localFiles.read(machine.real('/none'))).toEqual({ kind: 'missing' });
    expect(await localFiles.read(machine.real('/folder/file/x'))).toEqual({ kind: 'missing' });
    expect(await localFiles.read('a\0b')).toEqual({ kind: 'unread', because: 'cannot be read' });
  });

  it('sees sockets, other files and nothing', async () => {
    const machine = await Machine.create();
    await machine.serve('/s.sock', net.createServer());
    await machine.write('/file', '');
    expect(await localFiles.kind(machine.real('/s.sock'))).toBe('socket');
    expect(await localFiles.kind(machine.real('/file'))).toBe('other');
    expect(await localFiles.kind(machine.real('/'))).toBe('other');
    expect(await localFiles.kind(machine.real('/none'))).toBe('missing');
  });

  it('lists nothing where there is no folder', async () => {
    const machine = await Machine.create();
    await machine.write('/folder/a', '');
    expect(await localFiles.list(machine.real('/folder'))).toEqual(['a']);
    expect(await localFiles.list(machine.real('/none'))).toEqual([]);
  });
});
