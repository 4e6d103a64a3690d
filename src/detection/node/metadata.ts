import type { ServerMetadata } from '../../core/build-plan.js';
import type { PackageManifest } from './manifest.js';

/** What package.json says about itself; without a name, the folder's. */
export function metadataOf(manifest: PackageManifest, folder: string): ServerMetadata {
  return {
    name: manifest.name ?? folder.split('/').at(-1) ?? folder,
    version: manifest.version,
    description: manifest.description,
    author: manifest.author,
    license: manifest.license,
    dependencies: Object.fromEntries(
      [...manifest.dependencies].sort(([one], [other]) => (one < other ? -1 : 1)),
    ),
  };
}
