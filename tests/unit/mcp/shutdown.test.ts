import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Executor } from '../../../src/tools/executor.js';
import { type OpenSession, openSession } from './session.js';

interface RunningSession extends OpenSession {
  readonly events: string[];
}

/** A session with one call under way; the executor writes down what it was told. */
async function runningSession(script: Partial<Executor> = {}): Promise<RunningSession> {
  const events: string[] = [];
  let began: () => void = () => undefined;
  const running = new Promise<void>((resolve) => {
    began = resolve;
  });
  const open = openSession({
    executeContainer: (_config, options) =>
      new Promise((_resolve, reject) => {
        options?.signal?.addEventListener('abort', () => {
          events.push('run ended');
          reject(new Error('aborted'));
        });
        began();
      }),
    close: () => {
      events.push('executor closed');
      return Promise.resolve();
    },
    ...script,
  });
  await open.peer.initialize();
  const params = { name: 'execute_docker_container', arguments: { image: 'busybox' } };
  open.peer.send({ id: 1, method: 'tools/call', params });
  await running;
  return { ...open, events };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('a session', () => {
  it.each<[string, (open: OpenSession) => void, string]>([
    ['the client closes its side', ({ input }) => input.end(), 'client disconnected'],
    ['the input breaks', ({ input }) => input.destroy(), 'client disconnected'],
    [
      'nobody reads the output any more',
      ({ output }) => output.emit('error', Object.assign(new Error('EPIPE'), { code: 'EPIPE' })),
      'client disconnected',
    ],
    [
      'a message is larger than 10 MiB',
      ({ input }) => input.write('x'.repeat(11 * 1024 * 1024)),
      'client disconnected',
    ],
    ['it is told to', ({ session }) => session.shutdown('SIGTERM'), 'SIGTERM'],
  ])('ends its calls and closes the executor when %s', async (_when, end, reason) => {
    const open = await runningSession();
    end(open);
    expect(await open.session.closed).toEqual({ reason, clean: true });
    expect([...open.events].sort()).toEqual(['executor closed', 'run ended']);
  });

  it('ends once, for the first reason', async () => {
    const open = await runningSession();
    open.session.shutdown('SIGTERM');
    open.session.shutdown('SIGINT');
    open.input.end();
    expect(await open.session.closed).toEqual({ reason: 'SIGTERM', clean: true });
    expect(open.events.filter((event) => event === 'executor closed')).toHaveLength(1);
  });

  it('ends every call', async () => {
    const open = await runningSession();
    const params = { name: 'execute_docker_container', arguments: { image: 'busybox' } };
    open.peer.send({ id: 'another', method: 'tools/call', params });
    await open.peer.request('after', 'ping');
    open.session.shutdown('SIGTERM');
    expect((await open.session.closed).clean).toBe(true);
    expect(open.events.filter((event) => event === 'run ended')).toHaveLength(2);
  });

  it('does not wait longer than 1.5 s for an engine that does not answer', async () => {
    const open = await runningSession({ close: () => new Promise(() => undefined) });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    open.session.shutdown('SIGTERM');
    await vi.advanceTimersByTimeAsync(1500);
    expect(await open.session.closed).toEqual({ reason: 'SIGTERM', clean: false });
  });

  it('lives through lines that are no message', async () => {
    const open = openSession({ listRunningContainers: () => Promise.resolve([]) });
    await open.peer.initialize();
    open.input.write('garbage\n{"jsonrpc":"2.0"}\n[]\nnull\n{"jsonrpc":"1.0","id":1}\n\n');
    const answer = await open.peer.callTool(1, 'list_running_containers', {});
    expect(answer.structuredContent['success']).toBe(true);
    expect(open.peer.strayLines).toEqual([]);
  });
});
