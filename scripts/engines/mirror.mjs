import { push } from '../engine/images.mjs';
import { registryUp } from '../engine/index.mjs';
import { enginePaths } from '../engine/paths.mjs';
import { registryHas } from '../engine/registry.mjs';
import { IMAGES } from './catalog.mjs';

/**
 * Makes sure that the registry on loopback has the images that the suites run.
 *
 * @param {import('../engine/index.mjs').EngineRecord} engine that has them
 * @param {import('../engine/steps.mjs').Steps} steps
 * @returns {Promise<{ address: string, config: string }>}
 */
export async function ensureMirror(engine, steps) {
  const address = engine.registry ?? (await registryUp({ steps }));
  for (const reference of IMAGES) {
    const [name = '', tag = ''] = reference.split(':');
    if (await registryHas(address, name, tag)) continue;
    await steps.step(`Putting ${reference} into the registry on loopback`, (say) =>
      push(engine, address, reference, say),
    );
  }
  return { address, config: enginePaths().registryConfig };
}
