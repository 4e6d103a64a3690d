import type { Builder } from '../tools/builder.js';
import { MadeOnce } from './made-once.js';

/** A builder that is made when it is first used; see `lazyExecutor`. */
export function lazyBuilder(create: () => Promise<Builder>): Builder {
  const builder = new MadeOnce(create);
  return {
    checkout: async (request) => (await builder.get()).checkout(request),
    detect: async (folder, options) => (await builder.get()).detect(folder, options),
    generateDockerfile: async (type, folder, id, options) =>
      (await builder.get()).generateDockerfile(type, folder, id, options),
    buildImage: async (config) => (await builder.get()).buildImage(config),
    pushImage: async (tag, options) => (await builder.get()).pushImage(tag, options),
    deployFromGitHub: async (config) => (await builder.get()).deployFromGitHub(config),
    close: async () => (await builder.existing())?.close(),
  };
}
