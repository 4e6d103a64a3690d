import type { Subject } from './scene.js';

/** The engine that `npm test` brings up. */
export function realEngine(): Promise<Subject> {
  const endpoint = process.env['DOCKER_HOST'];
  if (endpoint === undefined) throw new Error('DOCKER_HOST is not set');
  return Promise.resolve({ endpoint, close: () => Promise.resolve() });
}
