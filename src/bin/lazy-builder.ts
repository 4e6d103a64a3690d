import type { Builder } from '../tools/builder.js';

/** A builder that is made when it is first used; see `lazyExecutor`. */
export function lazyBuilder(create: () => Promise<Builder>): Builder {
  let made: Promise<Builder> | undefined;
  const builder = (): Promise<Builder> => {
    made ??= create();
    return made;
  };
  return {
    checkout: async (request) => (await builder()).checkout(request),
    detect: async (folder, options) => (await builder()).detect(folder, options),
    generateDockerfile: async (type, folder, id, options) =>
      (await builder()).generateDockerfile(type, folder, id, options),
    buildImage: async (config) => (await builder()).buildImage(config),
    pushImage: async (tag, options) => (await builder()).pushImage(tag, options),
    deployFromGitHub: async (config) => (await builder()).deployFromGitHub(config),
    close: async () => (await made)?.close(),
  };
}
