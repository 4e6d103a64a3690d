import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import {
  localProcesses,
  newInstance,
  ownerState,
  type ProcessTable,
  type SeenProcess,
} from '../../../src/engine/instance.js';

const PLACE = 'a'.repeat(16);
const here = (start?: string): SeenProcess => ({ state: 'here', start });
const gone: SeenProcess = { state: 'gone' };

/** A place in which process 4711 looks like that. */
function table(seen: SeenProcess, place = PLACE): ProcessTable {
  return { place, ownPid: 4711, look: (pid) => (pid === 4711 ? seen : gone) };
}

describe('the owner of a thing', () => {
  test.each([
    ['runs', table(here('100')), table(here('100')), 'alive'],
    ['has ended', table(here('100')), table(gone), 'dead'],
    ['has ended, and another process has its id', table(here('100')), table(here('200')), 'dead'],
    ['runs elsewhere', table(here('100')), table(here('100'), 'b'.repeat(16)), 'unknown'],
    ['ended elsewhere', table(here('100')), table(gone, 'b'.repeat(16)), 'unknown'],
    ['has an id in use, on a system without start times', table(here()), table(here()), 'unknown'],
    ['has ended, on a system without start times', table(here()), table(gone), 'dead'],
    ['cannot be looked at', table(here('100')), table(here()), 'unknown'],
  ])('%s', (_name, made, seen, state) => {
    expect(ownerState(newInstance(made), seen)).toBe(state);
  });

  test.each([
    '',
    'contract-suite',
    `${PLACE}-0-100-${'c'.repeat(16)}`,
    `${PLACE}--4711-100-${'c'.repeat(16)}`,
    `${PLACE}-4711-100-${'c'.repeat(15)}`,
    `${PLACE}-4711-100-${'c'.repeat(16)}-more`,
    ` ${PLACE}-4711-100-${'c'.repeat(16)}`,
  ])('is not known from "%s"', (instance) => {
    expect(ownerState(instance, table(gone))).toBe('unknown');
  });
});

describe('a label', () => {
  test('is another one for each executor of a process', () => {
    expect(newInstance()).not.toBe(newInstance());
  });

  test('tells nothing about the machine but process id and start time', () => {
    expect(newInstance(table(here('100')))).toMatch(/^a{16}-4711-100-[0-9a-f]{16}$/);
  });
});

describe('the processes of this machine', () => {
  test('hold this one', () => {
    expect(ownerState(newInstance())).toBe(process.platform === 'linux' ? 'alive' : 'unknown');
  });

  test('do not hold one that was killed', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const { place, look } = localProcesses();
    const instance = newInstance({ place, ownPid: child.pid ?? 0, look });
    expect(ownerState(instance)).not.toBe('dead');
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    expect(ownerState(instance)).toBe('dead');
  });

  test('do not hold one whose parent does not look at its end', async () => {
    const script = 'sh -c : & echo $!; exec sleep 600';
    const child = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      const line = await new Promise((resolve) => child.stdout.once('data', resolve));
      const zombie = Number(String(line));
      // Elsewhere its state cannot be read.
      const state = process.platform === 'linux' ? 'gone' : 'here';
      await expect.poll(() => localProcesses().look(zombie).state).toBe(state);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
