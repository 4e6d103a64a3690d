import { describe, expect, it } from 'vitest';
import { selectTools } from '../../../src/tools/registry.js';
import { openSession } from './session.js';

describe('a server with tools switched off', () => {
  it('lists the others, and answers a call of one as that of an unknown tool', async () => {
    const { peer } = openSession({}, await selectTools({ readOnly: true }));
    await peer.initialize();
    const { result } = await peer.request(1, 'tools/list');
    expect(result).toMatchObject({ tools: [{ name: 'list_running_containers' }] });
    const off = await peer.request(2, 'tools/call', {
      name: 'stop_container',
      arguments: { container_id: 'x' },
    });
    const unknown = await peer.request(3, 'tools/call', { name: 'no_such_tool', arguments: {} });
    expect(off.error?.code).toBe(-32_602);
    expect(off.error?.message).toBe(
      unknown.error?.message.replace('no_such_tool', 'stop_container'),
    );
  });

  it('tells the model which, because other texts speak of them', async () => {
    const { peer } = openSession({}, await selectTools({ build: false }));
    const { result } = await peer.initialize();
    expect(result?.['instructions']).toMatch(
      /Switched off by the operator of this server: build_and_execute_github_repo\.$/,
    );
  });

  it('stays within what clients show of instructions', async () => {
    const { peer } = openSession({}, []);
    const { result } = await peer.initialize();
    expect(String(result?.['instructions']).length).toBeLessThanOrEqual(2048);
  });
});
