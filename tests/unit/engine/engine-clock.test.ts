import { expect, test } from 'vitest';
import { EngineClock } from '../../../src/engine/engine-clock.js';

const NOON = Date.parse('2026-11-21T12:00:00Z');
const HOUR = 3_600_000;

test.each([
  ['as ours', 0],
  ['ahead of ours', HOUR],
  ['behind ours', -HOUR],
])("the engine's time is %s", (_name, aheadMs) => {
  let ours = NOON;
  const clock = new EngineClock(new Date(NOON + aheadMs).toISOString(), () => ours);
  expect(clock.now()).toBe(NOON + aheadMs);
  ours += 1000;
  expect(clock.now()).toBe(NOON + aheadMs + 1000);
  expect(clock.at(NOON + 5000)).toBe(NOON + aheadMs + 5000);
});

test('nanoseconds and offsets of time zones are read', () => {
  const clock = new EngineClock('2026-11-21T13:00:00.183859274+01:00', () => NOON);
  expect(clock.now()).toBe(NOON + 183);
});

test('our clock is moved, and the engine is asked again', () => {
  let ours = NOON;
  const clock = new EngineClock(new Date(NOON).toISOString(), () => ours);
  ours += HOUR;
  clock.set(new Date(NOON).toISOString());
  expect(clock.now()).toBe(NOON);
});

test.each(['', 'soon'])('an engine that tells "%s" has no time', (systemTime) => {
  const clock = new EngineClock(systemTime, () => NOON);
  expect(clock.now()).toBeUndefined();
  expect(clock.at(NOON)).toBe(NOON);
});
