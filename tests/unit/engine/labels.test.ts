import { describe, expect, it } from 'vitest';
import { LABEL, randomName, signLabels, verifyLabels } from '../../../src/engine/labels.js';

const KEY = Buffer.alloc(32, 1);
const OWNED = {
  kind: 'run',
  name: 'slipway-0123456789abcdef01234567',
  instance: 'instance-1',
  deadline: 1_800_000_000_000,
} as const;

describe('labels of ownership', () => {
  it('prove what they say, under the name they were made for', () => {
    expect(verifyLabels(KEY, OWNED.name, signLabels(KEY, OWNED))).toEqual(OWNED);
  });

  it('may stand among others', () => {
    const labels = { ...signLabels(KEY, OWNED), maintainer: 'somebody', [LABEL.image]: 'python' };
    expect(verifyLabels(KEY, OWNED.name, labels)).toEqual(OWNED);
  });

  it('prove nothing under another name, as on a container made from an image of ours', () => {
    expect(verifyLabels(KEY, 'slipway-other', signLabels(KEY, OWNED))).toBeUndefined();
  });

  it('prove nothing once they bear another name, as a copy would', () => {
    const labels = { ...signLabels(KEY, OWNED), [LABEL.name]: 'slipway-other' };
    expect(verifyLabels(KEY, 'slipway-other', labels)).toBeUndefined();
  });

  it('prove nothing with the key of another installation', () => {
    const labels = signLabels(Buffer.alloc(32, 2), OWNED);
    expect(verifyLabels(KEY, OWNED.name, labels)).toBeUndefined();
  });

  it.each([
    ['kind', 'image'],
    ['kind', 'other'],
    ['instance', 'instance-2'],
    ['deadline', '1800000000001'],
    ['deadline', 'soon'],
    ['deadline', ''],
    ['signature', ''],
    ['signature', 'x'],
    ['signature', '0'.repeat(64)],
  ] as const)('prove nothing once %s is %j', (label, value) => {
    const labels = { ...signLabels(KEY, OWNED), [LABEL[label]]: value };
    expect(verifyLabels(KEY, OWNED.name, labels)).toBeUndefined();
  });

  it.each(['kind', 'name', 'instance', 'deadline', 'signature'] as const)(
    'prove nothing without %s',
    (label) => {
      const { [LABEL[label]]: _, ...labels } = signLabels(KEY, OWNED);
      expect(verifyLabels(KEY, OWNED.name, labels)).toBeUndefined();
    },
  );

  it('cannot be moved from one field into the next', () => {
    const one = signLabels(KEY, { ...OWNED, name: 'a', instance: 'bc' });
    const labels = { ...one, [LABEL.name]: 'ab', [LABEL.instance]: 'c' };
    expect(verifyLabels(KEY, 'ab', labels)).toBeUndefined();
  });

  it('do not hold the key', () => {
    const key = Buffer.from('k'.repeat(32));
    expect(JSON.stringify(signLabels(key, OWNED))).not.toContain('kkkk');
  });
});

describe('a random name', () => {
  it('is one that an engine takes, and another one each time', () => {
    const names = new Set(Array.from({ length: 1000 }, randomName));
    expect(names.size).toBe(1000);
    for (const name of names) expect(name).toMatch(/^slipway-[0-9a-f]{24}$/);
  });
});
