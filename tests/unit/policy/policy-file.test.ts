import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readPolicyFile } from '../../../src/policy/policy-file.js';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slipway-policy-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function policyFile(text: string, mode = 0o600): Promise<string> {
  const file = path.join(folder, 'policy.json');
  await writeFile(file, text);
  await chmod(file, mode);
  return file;
}

describe('a policy file', () => {
  test('is read with its units', async () => {
    const file = await policyFile(
      '{"version":1,"preset":"strict","limits":{"memoryBytes":{"max":"1g"}}}',
    );
    expect(await readPolicyFile(file)).toEqual({
      version: 1,
      preset: 'strict',
      limits: { memoryBytes: { max: 1024 ** 3 } },
    });
  });

  test.each([
    ['no JSON', '{', 'policy file must be JSON'],
    ['an array', '[]', 'policy'],
    ['empty', '', 'policy file must be JSON'],
    ['an unknown key', '{"limts":{}}', 'limts is not an option of policy'],
    [
      'a bad unit',
      '{"limits":{"memoryBytes":{"max":"lots"}}}',
      'limits.memoryBytes.max must be a size',
    ],
    [
      'a maximum below the default',
      '{"limits":{"pids":{"max":16}}}',
      'must not be below its default',
    ],
    ['too large', `{"images":{"allow":["${'x'.repeat(1024 * 1024)}"]}}`, 'must be at most 1 MiB'],
  ])('that is wrong refuses: %s', async (_name, text, words) => {
    const file = await policyFile(text);
    await expect(readPolicyFile(file)).rejects.toThrow(words);
  });

  test.each([0o620, 0o602, 0o666])('that others may write to (%o) refuses', async (mode) => {
    const file = await policyFile('{}', mode);
    await expect(readPolicyFile(file)).rejects.toThrow('must not be writable by group or others');
  });

  test('that is missing, or a folder, refuses', async () => {
    await expect(readPolicyFile(path.join(folder, 'none'))).rejects.toThrow('cannot be read');
    await expect(readPolicyFile(folder)).rejects.toThrow('must be a regular file');
  });
});
