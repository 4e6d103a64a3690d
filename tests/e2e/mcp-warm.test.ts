/** Containers that wait for the next call of a server. */
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { askEngine } from '../support/engine-view.js';
import { callResultSchema } from '../support/json-rpc-peer.js';
import { type ServerProcess, startServer } from '../support/slipway-process.js';

const BUSYBOX = 'busybox:1.36';

const listSchema = z.array(
  z.object({
    Id: z.string(),
    Names: z.array(z.string()),
    Labels: z.record(z.string(), z.string()),
  }),
);

/** Ids of the containers that a server keeps waiting, or that waited and serve a call. */
async function parkedBy({ child: { pid } }: ServerProcess): Promise<readonly string[]> {
  const all = listSchema.parse(await askEngine('GET', '/containers/json?all=1'));
  return all
    .filter(({ Labels: labels }) => labels['io.slipway.instance']?.split('-')[1] === String(pid))
    .filter(({ Names: names }) => names.some((name) => name.startsWith('/slipway-parked-')))
    .map(({ Id: id }) => id);
}

async function run(server: ServerProcess, id: number, command: readonly string[]) {
  const call = { name: 'execute_docker_container', arguments: { image: BUSYBOX, command } };
  const { result } = await server.peer.request(id, 'tools/call', call);
  return callResultSchema.parse(result).structuredContent;
}

describe('a server', () => {
  test('has a container wait for the second call of a kind, and leaves none', async () => {
    await using server = startServer();
    await server.peer.initialize();
    expect(await run(server, 1, ['hostname'])).toMatchObject({ success: true });
    await expect.poll(() => parkedBy(server), { timeout: 20_000 }).toHaveLength(1);
    const [waiting = ''] = await parkedBy(server);
    const { stdout } = await run(server, 2, ['hostname']);
    expect(stdout).toBe(`${waiting.slice(0, 12)}\n`);
    await expect.poll(() => parkedBy(server), { timeout: 20_000 }).not.toContain(waiting);
    server.child.stdin.end();
    await server.exited;
    await expect.poll(() => parkedBy(server), { timeout: 5000 }).toEqual([]);
  });

  test('has containers wait for the images that it is given, before any call', async () => {
    await using server = startServer(['--warm', BUSYBOX]);
    await server.peer.initialize();
    await expect.poll(() => parkedBy(server), { timeout: 20_000 }).toHaveLength(1);
    expect(await run(server, 1, ['echo', 'hi'])).toMatchObject({ stdout: 'hi\n' });
  });

  test('keeps none with --no-warm', async () => {
    await using server = startServer(['--no-warm']);
    await server.peer.initialize();
    for (const id of [1, 2]) await run(server, id, ['true']);
    expect(await parkedBy(server)).toEqual([]);
  });
});
