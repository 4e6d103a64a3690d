import { describe, expect, it } from 'vitest';
import { linkSignals } from '../../../src/core/link-signals.js';

describe('linked signals', () => {
  it('abort with the first source, for its reason', () => {
    const [one, two] = [new AbortController(), new AbortController()];
    const { signal } = linkSignals(one.signal, undefined, two.signal);
    expect(signal.aborted).toBe(false);
    two.abort(new Error('two'));
    one.abort(new Error('one'));
    expect(signal.reason).toEqual(new Error('two'));
  });

  it('are aborted from the beginning when a source is', () => {
    const { signal } = linkSignals(new AbortController().signal, AbortSignal.abort('before'));
    expect(signal.reason).toBe('before');
  });

  it('let go of their sources', () => {
    const source = new AbortController();
    const { signal, release } = linkSignals(source.signal);
    release();
    source.abort();
    expect(signal.aborted).toBe(false);
  });

  it('never abort without a source', () => {
    expect(linkSignals(undefined).signal.aborted).toBe(false);
  });
});
