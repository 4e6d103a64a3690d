import type { Builder } from '../../src/tools/builder.js';

/** A builder that does what a test says; a call of any other method is a failure. */
export function scriptedBuilder(script: Partial<Builder> = {}): Builder {
  const unexpected = (name: string) => () =>
    Promise.reject(new Error(`the builder's ${name} was called`));
  return {
    checkout: unexpected('checkout'),
    detect: unexpected('detect'),
    generateDockerfile: unexpected('generateDockerfile'),
    buildImage: unexpected('buildImage'),
    pushImage: unexpected('pushImage'),
    deployFromGitHub: unexpected('deployFromGitHub'),
    close: () => Promise.resolve(),
    ...script,
  };
}
