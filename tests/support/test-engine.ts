import { randomBytes } from 'node:crypto';
import { afterAll, afterEach } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import { engineConnector } from '../../src/engine/connect.js';
import type { Engine, ImageStore } from '../../src/engine/ports.js';

export interface TestEngine {
  readonly images: () => Promise<ImageStore>;
  /** A name of which nothing is left after the test; with a registry, an image of it. */
  readonly tag: (registry?: string) => string;
  /** Lets go of the engine, as at the end of a process. */
  readonly close: () => Promise<void>;
}

/** The real engine at its port, below the public API. */
export function testEngine(dockerHost = process.env['DOCKER_HOST']): TestEngine {
  const key = randomBytes(32);
  const connect = engineConnector({
    dockerHost,
    logger: silentLogger,
    labelKey: () => Promise.resolve(key),
  });
  const tags: string[] = [];
  const images = async (): Promise<Engine['images']> => (await connect()).images;
  const close = async (): Promise<void> => connect.close?.();
  afterEach(async () => {
    for (const tag of tags.splice(0)) await (await images()).remove(tag);
  });
  afterAll(close);
  const tag = (registry?: string): string => {
    const name = `slipway-test/${randomBytes(6).toString('hex')}:1`;
    const reference = registry === undefined ? name : `${registry}/${name}`;
    tags.push(reference);
    return reference;
  };
  return { images, tag, close };
}
