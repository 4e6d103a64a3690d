import { describe, expect, it, vi } from 'vitest';
import type { Executor } from '../../../../src/tools/executor.js';
import { runResultOf } from '../../../support/scripted-executor.js';
import {
  cancel,
  cancellation,
  endlessRun,
  initialize,
  OpenStream,
  openSession,
  rpc,
  RUN_PARAMS,
  send,
  serve,
} from './serving.js';

/** The ids of the answers on a stream, in their order. */
const answeredIds = (text: string): readonly (string | undefined)[] =>
  [...text.matchAll(/"id":"(\w)"/g)].map((match) => match[1]);

describe('a call in a batch', () => {
  const call = (image: string, id: string): object =>
    rpc('tools/call', { name: RUN_PARAMS.name, arguments: { image } }, id);

  /** Runs that end when they are told to, or are cancelled. */
  function runs() {
    const { script: endless, began } = endlessRun();
    let finish: () => void = () => undefined;
    const executeContainer: Executor['executeContainer'] = (config, options) =>
      config.image === 'endless'
        ? endless.executeContainer(config, options)
        : new Promise((resolve) => {
            finish = () => resolve(runResultOf());
          });
    return { script: { executeContainer }, began, finish: () => finish() };
  }

  it('that is cancelled does not hold up the end of the others', async () => {
    const { script, began, finish } = runs();
    const { port } = await serve(script, { limits: { sessions: 1 } });
    const id = await openSession(port, '2025-03-26');
    const stream = new OpenStream(port, id, [call('endless', 'A'), call('short', 'B')]);
    await began;
    await cancel(port, id, 'A');
    finish();
    expect(await stream.ended).toBe('ended');
    expect(answeredIds(stream.text)).toEqual(['B']);
    expect((await send(port, { body: initialize() })).status).toBe(200);
  });

  it('that is cancelled as the last one ends the stream', async () => {
    const { script, began } = runs();
    const { port } = await serve(script);
    const id = await openSession(port, '2025-03-26');
    const stream = new OpenStream(port, id, [rpc('ping', {}, 'B'), call('endless', 'A')]);
    await began;
    await vi.waitFor(() => expect(answeredIds(stream.text)).toEqual(['B']));
    await cancel(port, id, 'A');
    expect(await stream.ended).toBe('ended');
    expect(answeredIds(stream.text)).toEqual(['B']);
  });

  it('that is cancelled in the same batch ends the stream', async () => {
    const { port } = await serve(endlessRun().script);
    const headers = { 'mcp-session-id': await openSession(port, '2025-03-26') };
    const body = [call('endless', 'A'), rpc('ping', {}, 'B'), cancellation('A')];
    expect(answeredIds((await send(port, { headers, body })).body)).toEqual(['B']);
  });

  it('leaves its id, and those of the others, as if they had never been used', async () => {
    const { script, began, finish } = runs();
    const { port } = await serve(script);
    const id = await openSession(port, '2025-03-26');
    const first = new OpenStream(port, id, [call('endless', 'A'), rpc('ping', {}, 'B')]);
    await began;
    await cancel(port, id, 'A');
    await first.ended;
    const again = new OpenStream(port, id, [call('short', 'B'), rpc('ping', {}, 'A')]);
    await vi.waitFor(() => expect(answeredIds(again.text)).toEqual(['A']));
    finish();
    await again.ended;
    expect(answeredIds(again.text)).toEqual(['A', 'B']);
  });
});
