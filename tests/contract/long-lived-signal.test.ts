import { describe, expect, it } from 'vitest';
import { buildRequest } from '../support/build-request.js';
import { holdersOf } from '../support/signal-watch.js';
import { FaultScene } from './fault-scene.js';
import { IMAGE } from './scene.js';

const CALLS = 1000;
const AT_ONCE = 10;

type Call = (scene: FaultScene, signal: AbortSignal) => Promise<unknown>;

const timeoutMs = 60_000;

/** A server gives every call the signal of its own life. */
describe('a signal that outlives its calls', () => {
  it.each<readonly [string, Call]>([
    ['a pull', ({ engine }, signal) => engine.images.pull(IMAGE, { timeoutMs, signal })],
    [
      'a push of what is not there',
      ({ engine }, signal) => engine.images.push('nobody/has:this', { timeoutMs, signal }),
    ],
    [
      'a build',
      ({ engine }, signal) =>
        engine.images.build(buildRequest({ Dockerfile: `FROM ${IMAGE}\n` }, { signal })),
    ],
  ])(`is held by nobody after %s (${CALLS} calls)`, async (_name, call) => {
    const scene = await FaultScene.open({ queryMs: 30_000, changeMs: 30_000 });
    const { signal } = new AbortController();
    let held = 0;
    for (let i = 0; i < CALLS; i += AT_ONCE) {
      const calls = Array.from({ length: AT_ONCE }, () => call(scene, signal));
      held = Math.max(held, holdersOf(signal));
      await Promise.allSettled(calls);
    }
    // While it is in use somebody listens: otherwise there would be nothing to see.
    expect(held).toBeGreaterThan(0);
    expect(holdersOf(signal)).toBe(0);
  });
});
