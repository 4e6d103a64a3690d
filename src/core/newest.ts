/**
 * Reads a source as fast as it goes and gives its newest value to whoever asks: what a slow reader
 * could not take in time is left out, so it never sees the past and never holds the source up.
 * A failure of the source comes after the values before it. Leaving early does not wait for the
 * source, which has to be ended by its own means.
 */
export async function* newest<T>(source: AsyncIterable<T>): AsyncGenerator<T, void> {
  const slot: { readonly value: T }[] = [];
  let wake: () => void = () => undefined;
  let left = false;
  let over = false;
  const reading = read().finally(() => {
    over = true;
    wake();
  });
  // Awaited below, but perhaps long after it failed, or never.
  reading.catch(() => undefined);
  try {
    for (;;) {
      const next = slot.pop();
      if (next !== undefined) yield next.value;
      else if (over) break;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
    await reading;
  } finally {
    left = true;
  }

  async function read(): Promise<void> {
    for await (const value of source) {
      if (left) return;
      slot.length = 0;
      slot.push({ value });
      wake();
    }
  }
}
