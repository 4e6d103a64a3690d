import { expect, it } from 'vitest';
import { findEngine } from '../../../src/engine/endpoint/find-engine.js';
import { holdersOf } from '../../support/signal-watch.js';
import { Machine } from './endpoint-machine.js';

it('a search leaves nothing on a signal that lives on, whether it finds an engine or not', async () => {
  const machine = await Machine.create();
  const { signal } = new AbortController();
  const held: number[] = [];
  const probe = (): Promise<void> => {
    held.push(holdersOf(signal));
    return held.length % 2 === 0 ? Promise.resolve() : Promise.reject(new Error('down'));
  };
  const search = {
    environment: machine.environment(),
    dockerHost: 'tcp://10.0.0.9',
    probe,
    signal,
  };
  for (let i = 0; i < 1000; i += 1) await findEngine(search).catch(() => undefined);
  expect(held).toEqual(Array.from({ length: 1000 }, () => 1));
  expect(holdersOf(signal)).toBe(0);
});
