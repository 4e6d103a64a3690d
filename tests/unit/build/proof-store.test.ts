import { readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { proofStore, type ProofSubject } from '../../../src/build/proof-store.js';
import { OUT_OF_REACH } from '../../../src/probe/out-of-reach.js';
import type { ProbeResult } from '../../../src/probe/types.js';
import { tempFolders } from '../../support/temp-folder.js';

const tempFolder = tempFolders();
const SUBJECT: ProofSubject = { imageId: 'sha256:a', env: { A: '1', B: '2' }, args: ['x'] };

const WORKS: ProbeResult = {
  status: 'works',
  era: 'initialize',
  protocolVersion: '2025-11-25',
  transport: { kind: 'http', port: 3000, path: '/mcp' },
  tools: [{ name: 'greet', description: null }],
  missing: [],
  reason: null,
  stderrTail: 'ready\n',
  serverInfo: { name: 'small', version: '1' },
  start: 0,
  tried: [
    { start: 0, transport: { kind: 'stdio' }, status: 'broken', reason: 'No.', durationMs: 1 },
  ],
  durationMs: 12.5,
};

async function scene() {
  const folder = join(await tempFolder(), 'proofs');
  return { folder, store: proofStore(folder) };
}

async function onlyFile(folder: string): Promise<string> {
  const [name = ''] = await readdir(folder);
  return join(folder, name);
}

describe('proofs of images that answered', () => {
  it('are found again, in whatever order the variables come', async () => {
    const { store } = await scene();
    await store.keep(SUBJECT, WORKS);
    expect(await store.find({ ...SUBJECT, env: { B: '2', A: '1' } })).toEqual(WORKS);
  });

  it.each<[string, Partial<ProofSubject>]>([
    ['another image', { imageId: 'sha256:b' }],
    ['another value', { env: { A: '1', B: '3' } }],
    ['fewer variables', { env: { A: '1' } }],
    ['other arguments', { args: ['x', 'y'] }],
    ['the same text as two arguments', { args: ['x"', '"'] }],
  ])('are none of %s', async (_what, change) => {
    const { store } = await scene();
    await store.keep(SUBJECT, WORKS);
    expect(await store.find({ ...SUBJECT, ...change })).toBeUndefined();
  });

  it('are kept of what names an input that is missing, not of what could not reach something', async () => {
    const { store } = await scene();
    const lacks = { ...WORKS, status: 'needs_config', missing: ['A_TOKEN'], tools: [] } as const;
    await store.keep(SUBJECT, { ...lacks, reason: `${OUT_OF_REACH}: connect ECONNREFUSED.` });
    expect(await store.find(SUBJECT)).toBeUndefined();
    await store.keep(SUBJECT, { ...lacks, reason: 'A_TOKEN is missing: it ended.' });
    expect(await store.find(SUBJECT)).toMatchObject({ status: 'needs_config' });
  });

  it.each(['needs_config', 'broken', 'unsupported'] as const)(
    'are not kept of what %s',
    async (status) => {
      const { store } = await scene();
      await store.keep(SUBJECT, { ...WORKS, status });
      expect(await store.find(SUBJECT)).toBeUndefined();
    },
  );

  it('are for their owner only, and do not tell what the server was given', async () => {
    const { store, folder } = await scene();
    const secret = 'a value that nobody may see';
    await store.keep({ ...SUBJECT, env: { TOKEN: secret }, args: [secret] }, WORKS);
    const file = await onlyFile(folder);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(file + (await readFile(file, 'utf8'))).not.toContain(secret);
  });

  it('leave nothing but themselves behind', async () => {
    const { store, folder } = await scene();
    await Promise.all([store.keep(SUBJECT, WORKS), store.keep(SUBJECT, WORKS)]);
    expect(await readdir(folder)).toHaveLength(1);
  });

  it.each([
    ['half of it', '{"status":"works"'],
    ['nothing', ''],
    ['another status', JSON.stringify({ ...WORKS, status: 'broken' })],
    ['a field more', JSON.stringify({ ...WORKS, more: 1 })],
    ['a field less', JSON.stringify({ status: 'works' })],
  ])('are none where the file holds %s', async (_what, content) => {
    const { store, folder } = await scene();
    await store.keep(SUBJECT, WORKS);
    await writeFile(await onlyFile(folder), content);
    expect(await store.find(SUBJECT)).toBeUndefined();
  });

  it('are none after 30 days', async () => {
    const { store, folder } = await scene();
    await store.keep(SUBJECT, WORKS);
    const ago = (days: number): Date => new Date(Date.now() - days * 86_400_000);
    const file = await onlyFile(folder);
    await utimes(file, ago(29), ago(29));
    expect(await store.find(SUBJECT)).toEqual(WORKS);
    await utimes(file, ago(31), ago(31));
    expect(await store.find(SUBJECT)).toBeUndefined();
  });

  it('are a thousand: the oldest are forgotten', async () => {
    const { store, folder } = await scene();
    await store.keep(SUBJECT, WORKS);
    for (let at = 0; at < 1000; at += 1) {
      await writeFile(join(folder, `${at}.json`), '');
      if (at < 2) await utimes(join(folder, `${at}.json`), 1, 1);
    }
    await store.keep({ ...SUBJECT, imageId: 'sha256:new' }, WORKS);
    const left = await readdir(folder);
    expect(left).toHaveLength(1000);
    expect(left).not.toContain('0.json');
    expect(await store.find({ ...SUBJECT, imageId: 'sha256:new' })).toEqual(WORKS);
  });

  it('that cannot be written are no failure', async () => {
    const file = join(await tempFolder({ file: '' }), 'file');
    const store = proofStore(join(file, 'proofs'));
    await expect(store.keep(SUBJECT, WORKS)).resolves.toBeUndefined();
    await expect(store.find(SUBJECT)).resolves.toBeUndefined();
  });
});
