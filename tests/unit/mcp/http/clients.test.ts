import { describe, expect, it } from 'vitest';
import { TOOLS } from '../../../../src/tools/registry.js';
import { runResultOf } from '../../../support/scripted-executor.js';
import { CLIENTS, SESSION_CLIENTS } from './clients.js';
import { endlessRun, send, serve } from './serving.js';

const RUN = 'execute_docker_container';
const IMAGE = { image: 'busybox' };

describe.each(CLIENTS)('%s', (_name, connect) => {
  it('connects, lists the tools and runs', async () => {
    const { url } = await serve({ executeContainer: () => Promise.resolve(runResultOf()) });
    const client = await connect(url);
    expect(client.instructions).toContain('throw-away Docker containers');
    expect(await client.tools()).toEqual(TOOLS.map((tool) => tool.name));
    expect(await client.call(RUN, IMAGE)).toMatchObject({ success: true, stdout: 'hello\n' });
  });

  it('is refused with a wrong token', async () => {
    const { url } = await serve();
    await expect(connect(url, 'x'.repeat(40))).rejects.toThrow(/401|unauthorized|bearer token/i);
  });

  it('hears of progress while the call runs', async () => {
    let finish: () => void = () => undefined;
    const { url } = await serve({
      executeContainer: (_config, options) => {
        options?.onEvent?.({ type: 'running', image: 'busybox', container: 'slipway-1' });
        return new Promise((resolve) => {
          finish = () => resolve(runResultOf());
        });
      },
    });
    const client = await connect(url);
    const messages: (string | undefined)[] = [];
    await client.call(RUN, IMAGE, {
      onprogress: ({ message }) => {
        messages.push(message);
        finish();
      },
    });
    expect(messages).toEqual(['Running busybox as slipway-1']);
  });

  it('ends a run by cancelling its call', async () => {
    const { script, began, ended } = endlessRun();
    const { url } = await serve({ ...script, listRunningContainers: () => Promise.resolve([]) });
    const client = await connect(url);
    const cancelling = new AbortController();
    const call = client.call(RUN, IMAGE, { signal: cancelling.signal });
    await began;
    cancelling.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    await ended;
    expect(await client.call('list_running_containers', {})).toMatchObject({ success: true });
  });

  it('ends a run by going away', async () => {
    const { script, began, ended } = endlessRun();
    const { url } = await serve(script);
    const client = await connect(url);
    const call = client.call(RUN, IMAGE);
    call.catch(() => undefined);
    await began;
    await client.close();
    await expect(ended).resolves.toBeInstanceOf(Error);
  });

  it('reads the complete output of its run, which nobody else finds listed', async () => {
    const stdout = 'line of output\n'.repeat(10_000);
    const { url } = await serve({
      executeContainer: () => Promise.resolve(runResultOf({ stdout })),
    });
    const [client, other] = await Promise.all([connect(url), connect(url)]);
    const { full_output: uri, truncated } = await client.call(RUN, IMAGE);
    expect(truncated).toBe(true);
    expect(await client.read(String(uri))).toMatchObject({ contents: [{ uri, text: stdout }] });
    expect(await other.resources()).toEqual([]);
  });
});

describe.each(SESSION_CLIENTS)('%s', (_name, connect) => {
  it('lists its own outputs, which no other session can read', async () => {
    const { url } = await serve({
      executeContainer: () => Promise.resolve(runResultOf({ stdout: 'line\n'.repeat(50_000) })),
    });
    const [client, other] = await Promise.all([connect(url), connect(url)]);
    const { full_output: uri } = await client.call(RUN, IMAGE);
    expect(await client.resources()).toContain(uri);
    await expect(other.read(String(uri))).rejects.toThrow('There is no');
  });

  it('ends its runs and its session with DELETE', async () => {
    const { script, began, ended } = endlessRun();
    const { url, port } = await serve(script);
    const client = await connect(url);
    const { sessionId } = client;
    const call = client.call(RUN, IMAGE);
    call.catch(() => undefined);
    await began;
    await client.endSession();
    await ended;
    const headers = { 'mcp-session-id': sessionId };
    const answer = await send(port, { headers, body: { jsonrpc: '2.0', id: 9, method: 'ping' } });
    expect(answer.status).toBe(404);
  });
});
