import { expect, test } from 'vitest';
import { usualPlatform } from '../../../src/core/platform.js';

test.each([
  ['linux/amd64', 'linux/amd64'],
  ['linux/x86_64', 'linux/amd64'],
  ['linux/aarch64', 'linux/arm64'],
  ['linux/aarch64/v8', 'linux/arm64/v8'],
  ['linux/i386', 'linux/386'],
  ['linux/arm/v7', 'linux/arm/v7'],
  ['windows/amd64', 'windows/amd64'],
])('%s is %s by its usual name', (platform, usual) => {
  expect(usualPlatform(platform)).toBe(usual);
});
