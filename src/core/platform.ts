import { z } from 'zod';

/** Other names of architectures that engines understand and images do not carry. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  aarch64: 'arm64',
  i386: '386',
};

/** A platform (`os/architecture[/variant]`) with the architecture's usual name. */
export function usualPlatform(platform: string): string {
  const [os = '', architecture = '', ...variant] = platform.split('/');
  return [os, ARCHITECTURES[architecture] ?? architecture, ...variant].join('/');
}

/** Schema of a platform as engines write it. */
export const platformSchema = z
  .string('must be a text')
  .regex(/^[a-z0-9]+\/[a-z0-9]+(?:\/[a-z0-9]+)?$/, 'must be "os/architecture", e.g. "linux/arm64"');
