import { describe, expect, test, vi } from 'vitest';
import {
  createDockerExecutor,
  type ContainerStreamEvent,
  type DockerExecutionResult,
} from '../../src/index.js';
import { REMOVED, errorOf, testExecutor } from '../support/executor.js';

const BUSYBOX = 'busybox:1.36';
const MIB = 1024 ** 2;

const { executor, mine, containers } = testExecutor();
const stream = (command: string | readonly string[], more: object = {}) =>
  executor.streamContainer({ image: BUSYBOX, command, ...mine, ...more });

const UP = 'echo up; sleep 600';

/** What came, put together. */
interface Received {
  stdout: string;
  stderr: string;
  /** Bytes that came, and bytes that a gap told of. */
  bytes: number;
  gaps: number;
  result: DockerExecutionResult | undefined;
}

function receive(into: Received, event: ContainerStreamEvent): void {
  switch (event.type) {
    case 'stdout':
    case 'stderr':
      into[event.type] += event.text;
      into.bytes += event.data.byteLength;
      return;
    case 'gap':
      into.bytes += event.bytes;
      into.gaps += 1;
      return;
    case 'result':
      into.result = event.result;
  }
}

const nothing = (): Received => ({ stdout: '', stderr: '', bytes: 0, gaps: 0, result: undefined });

async function all(events: AsyncIterable<ContainerStreamEvent>): Promise<Received> {
  const received = nothing();
  for await (const event of events) receive(received, event);
  return received;
}

describe('streamContainer', () => {
  test('yields both streams, and the result as the last event', async () => {
    const types: string[] = [];
    const received = nothing();
    for await (const event of stream('echo out; echo err >&2; exit 3')) {
      types.push(event.type);
      receive(received, event);
    }
    expect(types.sort()).toEqual(['result', 'stderr', 'stdout']);
    expect(received).toMatchObject({ stdout: 'out\n', stderr: 'err\n', gaps: 0 });
    expect(received.result).toMatchObject({
      status: 'exited',
      exitCode: 3,
      stdout: 'out\n',
      stderr: 'err\n',
      cleanup: REMOVED,
    });
  });

  test('yields output while the program goes on', async () => {
    const states: (string | undefined)[] = [];
    for await (const event of stream(UP)) {
      expect(event).toMatchObject({ type: 'stdout', text: 'up\n' });
      states.push(...(await containers()).map((one) => one.State));
      break;
    }
    // The first line can be here before the engine itself says that it has started the program.
    expect(states).toHaveLength(1);
    expect(['created', 'running']).toContain(states[0]);
  });

  test('a character that is written in two parts arrives whole', async () => {
    const { stdout } = await all(stream("printf '\\303'; sleep 0.3; printf '\\251 \\377!'"));
    expect(stdout).toBe('é \ufffd!');
  });

  test('output without an end of line arrives as well', async () => {
    expect((await all(stream("printf 'no newline'"))).stdout).toBe('no newline');
  });

  test('stopContainer from inside the loop ends it with the result', async () => {
    const received = nothing();
    for await (const event of stream(UP)) {
      receive(received, event);
      const [container] = await containers();
      if (container !== undefined) await executor.stopContainer(container.Id, { graceMs: 0 });
    }
    expect(received).toMatchObject({ stdout: 'up\n', result: { status: 'cancelled' } });
  });
});

describe('a reader that is slow', () => {
  const FLOOD = 200_000_000;

  test('does not hold the program up, loses the oldest and is told exactly how much', async () => {
    const before = process.memoryUsage().rss;
    const events = stream(`head -c ${FLOOD} /dev/zero; echo; echo END`);
    const received = nothing();
    const first = await events.next();
    if (first.done !== true) receive(received, first.value);
    // Nothing is taken until the program has ended and its container is gone.
    let most = 0;
    await vi.waitFor(
      async () => {
        most = Math.max(most, process.memoryUsage().rss - before);
        expect(await containers()).toEqual([]);
      },
      { timeout: 60_000, interval: 20 },
    );
    const taken = received.bytes;
    for await (const event of events) receive(received, event);
    expect(received.result).toMatchObject({ status: 'exited', exitCode: 0 });
    expect(received.result?.counts.stdout.bytes).toBe(FLOOD + 5);
    expect(received.bytes).toBe(FLOOD + 5);
    expect(received.gaps).toBe(1);
    expect(received.stdout.endsWith('\0\nEND\n')).toBe(true);
    expect(received.stdout.length - taken).toBeLessThanOrEqual(8 * MIB);
    expect(received.stdout.length - taken).toBeGreaterThan(3 * MIB);
    expect(most).toBeLessThan(128 * MIB);
  });

  test('that blocks the process after each event gets every byte or a count of it', async () => {
    const received = nothing();
    for await (const event of stream('head -c 50000000 /dev/zero')) {
      receive(received, event);
      const until = performance.now() + 2;
      while (performance.now() < until);
    }
    expect(received.result).toMatchObject({ status: 'exited', exitCode: 0 });
    expect(received.bytes).toBe(50_000_000);
  });

  test('loses nothing below the limit', async () => {
    const events = stream('head -c 7000000 /dev/zero | tr "\\0" x; echo; echo END');
    const first = await events.next();
    const received = nothing();
    if (first.done !== true) receive(received, first.value);
    await vi.waitFor(async () => expect(await containers()).toEqual([]), 60_000);
    for await (const event of events) receive(received, event);
    expect(received).toMatchObject({ bytes: 7_000_005, gaps: 0 });
    expect(received.stdout).toBe(`${'x'.repeat(7_000_000)}\nEND\n`);
  });
});

describe('leaving early', () => {
  test('with break removes the container before the next statement', async () => {
    for await (const event of stream(UP)) if (event.type === 'stdout') break;
    expect(await containers()).toEqual([]);
  });

  test('while an event is being waited for ends that too', async () => {
    const events = stream(UP);
    await events.next();
    const waiting = events.next();
    await events.return();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await containers()).toEqual([]);
  });

  test('before the first event starts nothing', async () => {
    const events = stream(UP);
    await events.return();
    expect(await events.next()).toEqual({ done: true, value: undefined });
    expect(await containers()).toEqual([]);
  });

  test('with an abort throws its reason after the container is removed', async () => {
    const controller = new AbortController();
    const config = { image: BUSYBOX, command: UP, ...mine };
    const events = executor.streamContainer(config, { signal: controller.signal });
    await events.next();
    controller.abort(new Error('enough'));
    await expect(events.next()).rejects.toThrow('enough');
    expect(await containers()).toEqual([]);
  });
});

describe('what goes wrong is thrown by the iterator', () => {
  test('a bad option, before anything is started', async () => {
    const events = executor.streamContainer({ image: 'BusyBox' });
    const error = await errorOf('INVALID_INPUT', events.next());
    expect(error.message).toContain('lower case');
  });

  test('a program that is not there, after what was said about it', async () => {
    const error = await errorOf('START_FAILED', all(stream(['nosuchprogram'])));
    expect(error.message).toContain('"nosuchprogram" is not found');
  });

  test('detach, which is the opposite', async () => {
    const config: object = { image: BUSYBOX, detach: true };
    const events = executor.streamContainer({ image: BUSYBOX, ...config });
    const error = await errorOf('INVALID_INPUT', events.next());
    expect(error.message).toContain('detach must not be true for streamContainer');
  });

  test('an executor that was closed', async () => {
    const other = createDockerExecutor();
    await other.close();
    const events = other.streamContainer({ image: BUSYBOX, command: 'true' });
    expect((await errorOf('CLOSED', events.next())).context.method).toBe('streamContainer');
  });
});

test('close() ends a stream with its result', async () => {
  const other = createDockerExecutor();
  const received = nothing();
  let closing: Promise<void> | undefined;
  for await (const event of other.streamContainer({ image: BUSYBOX, command: UP, ...mine })) {
    receive(received, event);
    closing ??= other.close();
  }
  await closing;
  expect(received).toMatchObject({ stdout: 'up\n', result: { status: 'cancelled' } });
});
