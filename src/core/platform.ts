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
