import type { Rejected } from '../../core/build-plan.js';
import type { SourceFile } from './modules.js';

/** A way to start the project that leads to a server. */
export interface Entry {
  readonly what: 'script' | 'module' | 'file' | 'call' | 'object';
  /** The console script, the dotted module, or the file's path in the repository. */
  readonly name: string;
  /** The file it starts with. */
  readonly file: string;
  /** For a console script: what its executable imports and calls. */
  readonly target: { readonly module: string; readonly attribute: string } | null;
  /** That file and what it imports of the project, nearest first. */
  readonly sources: readonly SourceFile[];
  readonly score: number;
  readonly source: string;
  readonly reason: string;
}

export interface Entries {
  /** Best first; empty when nothing leads to a server. */
  readonly entries: readonly Entry[];
  readonly rejected: readonly Rejected[];
}

/** An entry before anything is known about what it reaches. */
export type Candidate = Omit<Entry, 'sources' | 'score'>;
