import { getEventListeners } from 'node:events';

/**
 * How many hold on to a signal: its listeners, and what `AbortSignal.any` made of it, which Node
 * keeps in a set on the signal.
 */
export function holdersOf(signal: AbortSignal): number {
  const composites: unknown = Object.getOwnPropertySymbols(signal)
    .filter(({ description }) => description === 'kDependantSignals')
    .map((key): unknown => Reflect.get(signal, key))[0];
  const kept: unknown =
    typeof composites === 'object' && composites !== null ? Reflect.get(composites, 'size') : 0;
  return getEventListeners(signal, 'abort').length + Number(kept);
}
