import type { BuildPlan, DeclaredInput, Evidence, ServerTransport } from '../core/build-plan.js';

/** The files of a repository, read only. The port between detection and the disk. */
export interface SourceTree {
  /**
   * Paths of the regular files, relative to the repository, with `/`, sorted. Links, `.git`,
   * `node_modules`, virtual environments and other people's packages are not among them.
   */
  readonly files: readonly string[];
  /** The text of one of `files`; undefined when it is none, above 1 MiB, or not UTF-8. */
  read(path: string): Promise<string | undefined>;
}

/** A way to start the server that a text for people or clients names. */
export interface HintedStart {
  /** `npx`, `uvx`, `node`, `python`, `docker` … */
  readonly command: string;
  /** As written, with what stands for a user's own value. */
  readonly args: readonly string[];
  /** Names of variables it sets. */
  readonly environment: readonly string[];
  /** `README.md`, `smithery.yaml`, `server.json` … */
  readonly source: string;
  readonly transport: ServerTransport['kind'] | null;
}

/** What the repository says about its server outside of its code. */
export interface Hints {
  /** In the order of trust: registry manifests, then the README. */
  readonly starts: readonly HintedStart[];
  readonly inputs: readonly DeclaredInput[];
}

/** The folder a language's detector looks at. */
export interface Project {
  readonly tree: SourceTree;
  /** Relative to the repository; `.` is its root. */
  readonly folder: string;
  readonly hints: Hints;
  /** When the commit was made, ISO 8601 date; null when it is not known. */
  readonly commitDate: string | null;
  /** What `git describe` would call the commit: `1.4.2`; null without a tag. */
  readonly gitVersion: string | null;
}

/** What a language's detector answers; undefined when the folder is not of its language. */
export type Finding =
  | { readonly kind: 'server'; readonly plan: BuildPlan }
  | {
      readonly kind: 'not_a_server';
      /** A full sentence: "package.json has neither bin nor start, and no file imports an MCP SDK." */
      readonly reason: string;
      readonly evidence: readonly Evidence[];
    };

export type DetectLanguage = (project: Project) => Promise<Finding | undefined>;
