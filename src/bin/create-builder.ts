import type { DockerBuilderOptions } from '../create-builder.js';
import type { Builder } from '../tools/builder.js';
import { lazyBuilder } from './lazy-builder.js';

/** As `createExecutor`: detection and templates are loaded when they are first needed. */
export function createBuilder(
  dockerHost: string | undefined,
  prepare: () => Promise<Pick<DockerBuilderOptions, 'policy' | 'logger'>>,
): Builder {
  return lazyBuilder(async () => {
    const [{ createDockerBuilder }, prepared] = await Promise.all([
      import('../create-builder.js'),
      prepare(),
    ]);
    return createDockerBuilder({ dockerHost, ...prepared });
  });
}
