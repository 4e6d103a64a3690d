import { describe, expect, it } from 'vitest';
import { READY } from '../../../src/engine/parked/boot.js';
import {
  NoisyShellError,
  NoShellError,
  WaitingShell,
} from '../../../src/engine/parked/waiting-shell.js';

const { signal } = new AbortController();

function hear(shell: WaitingShell, ...texts: readonly string[]): WaitingShell {
  for (const text of texts) shell.output('stdout', Buffer.from(text));
  return shell;
}

describe('WaitingShell', () => {
  it('is ready once the shell has said so, in whatever pieces', async () => {
    const shell = hear(new WaitingShell(), ...READY.split(''));
    await shell.ready(1000, signal);
    expect(shell.failure).toBeUndefined();
  });

  it('fails with what a shell says instead, cut to its beginning', async () => {
    const shell = hear(new WaitingShell(), `${READY.slice(0, 5)}${'x'.repeat(10_000)}`);
    const failure = await shell.ready(1000, signal).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(NoShellError);
    expect(failure).not.toBeInstanceOf(NoisyShellError);
    expect(String(failure).length).toBeLessThan(300);
  });

  it.each([
    ['with the word', [`${READY}x`]],
    ['after it', [READY, 'x']],
  ])('fails on a byte too many: %s', async (_when, texts) => {
    const shell = hear(new WaitingShell(), ...texts);
    expect(await shell.failed).toBeInstanceOf(NoisyShellError);
    expect(shell.failure).toBeInstanceOf(NoisyShellError);
  });

  it('fails on a byte too many on stderr', async () => {
    const shell = hear(new WaitingShell(), READY);
    shell.output('stderr', Buffer.from('x'));
    expect(await shell.failed).toBeInstanceOf(NoisyShellError);
  });

  it('fails once the connection is no engine’s any more', async () => {
    const shell = hear(new WaitingShell(), READY);
    const broken = new Error('no frames');
    shell.broken(broken);
    expect(await shell.failed).toBe(broken);
  });

  it.each([
    ['before it says that it waits', []],
    ['afterwards', [READY]],
  ])('keeps nothing of a flood: %s', async (_when, before) => {
    const shell = hear(new WaitingShell(), ...before);
    // 6 GiB: no text is as long as that, and no test may take as long as copying them does.
    const chunk = Buffer.alloc(8 * 1024 * 1024, 'y\n');
    for (let i = 0; i < 800; i += 1) shell.output('stdout', chunk);
    expect(String(await shell.failed).length).toBeLessThan(300);
  });
});
