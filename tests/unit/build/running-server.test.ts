import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { launchServer } from '../../../src/build/running-server.js';
import type { ServerTransport } from '../../../src/core/build-plan.js';
import type { ContainerEnd, OutputObserver } from '../../../src/engine/ports.js';
import { specOf } from '../../support/container-spec.js';
import { errorOf } from '../../support/failure.js';
import { freePort } from '../../support/free-port.js';
import { scriptedEngine } from '../../support/scripted-engine.js';

const HTTP: ServerTransport = { kind: 'http', port: 8000, path: '/mcp' };
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listening(): Promise<number> {
  const server = createServer((_request, response) => response.writeHead(405).end());
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return portOf(server.address());
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** A container that is published on a port and can be ended. */
function scene(port: number) {
  const calls: string[] = [];
  let heard: OutputObserver | undefined;
  let end: (how: ContainerEnd) => void = () => undefined;
  const ended = new Promise<ContainerEnd>((resolve) => {
    end = resolve;
  });
  const exit = (exitCode: number | null): void =>
    end({ exitCode, outOfMemory: false, failure: undefined });
  const engine = scriptedEngine({
    containers: {
      open: async (_spec, observer) => {
        heard = observer;
        return {
          id: 'c'.repeat(64),
          write: (bytes) => void calls.push(`write ${Buffer.from(bytes).toString()}`),
          closeInput: () => undefined,
          ended,
          hostPort: async () => port,
          end: async () => {
            calls.push('end');
            exit(null);
            return 'removed';
          },
        };
      },
    },
  });
  const launch = (transport: ServerTransport, readyMs = 5000) =>
    launchServer({ engine, spec: specOf('sha256:0'), transport, readyMs, signal: undefined });
  const say = (text: string): void => heard?.output('stdout', Buffer.from(text));
  return { calls, exit, say, launch };
}

describe('a server that is started', () => {
  it('is there when something answers on its port', async () => {
    const port = await listening();
    const server = await scene(port).launch(HTTP);
    expect(server.url).toBe(`http://127.0.0.1:${port}/mcp`);
  });

  it('is ended, with its exit code in the error, when it ends before it listens', async () => {
    const { launch, exit, calls } = scene(await freePort());
    const failing = errorOf('WAIT_FAILED', launch(HTTP));
    exit(3);
    const error = await failing;
    expect(error.context).toMatchObject({ reason: 'exited', exitCode: 3 });
    expect(calls).toEqual(['end']);
  });

  it('is ended when it does not listen in time', async () => {
    const { launch, calls } = scene(await freePort());
    const error = await errorOf('WAIT_FAILED', launch(HTTP, 200));
    expect(error.context).toMatchObject({ reason: 'timeout', exitCode: null });
    expect(calls).toEqual(['end']);
  });

  it('is written to, and heard from its start to its end', async () => {
    const { launch, say, exit, calls } = scene(0);
    const server = await launch({ kind: 'stdio' });
    expect(server.url).toBeNull();
    server.write(Buffer.from('hello'));
    say('one ');
    say('two');
    exit(0);
    let text = '';
    for await (const { data } of server.output()) text += Buffer.from(data).toString();
    expect(text).toBe('one two');
    expect(await server.ended).toBe(0);
    expect(calls).toEqual(['write hello']);
  });

  it('keeps the newest 8 MiB for a reader that comes late', async () => {
    const { launch, say, exit } = scene(0);
    const server = await launch({ kind: 'stdio' });
    for (let at = 0; at < 12; at += 1) say(String.fromCodePoint(97 + at).repeat(1024 * 1024));
    exit(0);
    let text = '';
    for await (const { data } of server.output()) text += Buffer.from(data).toString();
    expect([text.length, text[0], text.at(-1)]).toEqual([8 * 1024 * 1024, 'e', 'l']);
  });
});
