import type { Project } from '../source-tree.js';
import type { Entries, Entry } from './entry-types.js';
import type { Launch } from './launch.js';
import type { Lock } from './lock.js';
import type { PythonManifest } from './manifest.js';
import type { Modules } from './modules.js';
import type { Workspace } from './workspace.js';

/** All that was read about one Python server. */
export interface Reading extends Entries {
  readonly project: Project;
  readonly manifest: PythonManifest | undefined;
  readonly modules: Modules;
  readonly launches: readonly Launch[];
  readonly workspace: Workspace;
  readonly lock: Lock | undefined;
  /** The best of `entries`. */
  readonly entry: Entry;
}
