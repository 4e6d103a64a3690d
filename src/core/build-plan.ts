/**
 * What detection finds out about a repository: how its server is built and started, and what says
 * so. Pure data. Templates render it, the builder builds it, the probe proves it.
 */

export type Language = 'node' | 'python' | 'go' | 'rust' | 'java' | 'dotnet';

export type PackageManager =
  | 'npm'
  | 'pnpm'
  | 'yarn'
  | 'yarn-berry'
  | 'bun'
  | 'uv'
  | 'poetry'
  | 'pip'
  | 'go'
  | 'cargo'
  | 'maven'
  | 'gradle'
  | 'dotnet';

/** One thing that was read, and what it led to. */
export interface Evidence {
  /** The field of the plan it decides: `languageVersion`, `start`, `inputs.GITHUB_TOKEN` … */
  readonly field: string;
  readonly value: string;
  /** Where it was read: a file of the repository (`package.json bin`), or `default`. */
  readonly source: string;
  readonly reason: string;
}

/** What was considered and not taken. */
export interface Rejected {
  readonly field: string;
  readonly value: string;
  readonly reason: string;
}

/** How clients talk to the server. */
export type ServerTransport =
  | { readonly kind: 'stdio' }
  | {
      /** `http` is streamable HTTP; `sse` the older HTTP with server-sent events. */
      readonly kind: 'http' | 'sse';
      /** Where the server listens inside the container. */
      readonly port: number;
      /** With a leading slash: `/mcp`, `/sse`. */
      readonly path: string;
    };

/** One way to start the server. */
export interface ServerStart {
  /** The image's ENTRYPOINT: exact argv, with paths as they are in the image. */
  readonly start: readonly string[];
  /** The image's CMD: arguments the server needs to serve; a caller's own replace them. */
  readonly args: readonly string[];
  readonly transport: ServerTransport;
  /** Variables it needs to be reachable in a container: `HOST=0.0.0.0`. */
  readonly environment: Readonly<Record<string, string>>;
  /** What says so: `package.json bin`, `README.md mcpServers` … */
  readonly source: string;
}

/** Something a user gives the server: what is missing is told by its name. */
export interface DeclaredInput {
  readonly kind: 'environment' | 'argument';
  /** `GITHUB_TOKEN`, `--fb-token`, or a word for a positional argument: `directory`. */
  readonly name: string;
  /** The repository says it does not work without it. Listing tools often does. */
  readonly required: boolean;
  readonly secret: boolean;
  readonly defaultValue: string | null;
  readonly description: string | null;
  /** `smithery.yaml`, `server.json`, `.env.example`, `README.md`, a source file … */
  readonly source: string;
}

export interface ServerMetadata {
  readonly name: string;
  readonly version: string | null;
  readonly description: string | null;
  readonly author: string | null;
  /** SPDX where the repository says one. */
  readonly license: string | null;
  /** Direct dependencies as the manifest declares them: name and range. */
  readonly dependencies: Readonly<Record<string, string>>;
}

/** One command of a build. Never a shell line of the repository: words, quoted by the template. */
export interface BuildStep {
  readonly run: readonly string[];
  /** Runs when `run` fails: `npm install` after an `npm ci` that refuses the lock. */
  readonly otherwise?: readonly string[] | undefined;
  /** Relative to the build folder `/app`; `.` is itself. */
  readonly folder: string;
  /** For this command only. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

/** Base images that go together. */
export interface BasePair {
  readonly build: string;
  readonly run: string;
}

/** A folder that a build keeps between builds, outside of the image. */
export interface CacheFolder {
  readonly id: string;
  /** Absolute, in the build stage. */
  readonly path: string;
}

/** What the final image takes from the build stage. */
export interface OutputFolder {
  readonly from: string;
  readonly to: string;
}

/** A server in a repository, by where it is. */
export interface ServerLocation {
  /** Relative to the repository; `.` is its root. */
  readonly subdir: string;
  readonly language: Language;
  readonly name: string;
}

/**
 * How to make an image of a server.
 *
 * The build stage: base image, `aptPackages.build`, `tools`, then `manifests` and `install` (the
 * dependencies, which a change of sources leaves alone), then all of the context and `build`, then
 * `prune`. The final stage: base image, `aptPackages.run`, `outputs`, user 1001, `start` and `args`.
 */
export interface BuildPlan extends ServerStart {
  readonly language: Language;
  readonly languageVersion: {
    /** As in the tag of the preferred base image: `24`, `3.13`, `1.26`. */
    readonly value: string;
    /** What the repository asks for, as written: `>=20.18`; null when it says nothing. */
    readonly constraint: string | null;
    readonly source: string;
  };
  /** Best first: the builder takes the first pair that the engine has or can pull. Never empty. */
  readonly bases: readonly BasePair[];
  readonly packageManager: { readonly name: PackageManager; readonly version: string | null };
  /** Path in the repository; null without one. */
  readonly lockfile: string | null;
  /** The folder of the build context, relative to the repository: the root of the workspace. */
  readonly workspaceRoot: string;
  /** The folder of the server, relative to the repository; `workspaceRoot` or below it. */
  readonly target: string;
  readonly aptPackages: { readonly build: readonly string[]; readonly run: readonly string[] };
  readonly tools: readonly BuildStep[];
  /**
   * Files that `install` needs, relative to `workspaceRoot`; each is copied to its own path. Empty
   * when the dependencies cannot be installed without the sources: all is copied first then.
   */
  readonly manifests: readonly string[];
  readonly install: readonly BuildStep[];
  readonly build: readonly BuildStep[];
  readonly prune: readonly BuildStep[];
  /** Of the build stage: `PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1`. */
  readonly buildEnvironment: Readonly<Record<string, string>>;
  /** Of the final image, beside the start's own: `NODE_ENV=production`. */
  readonly runEnvironment: Readonly<Record<string, string>>;
  readonly caches: readonly CacheFolder[];
  readonly outputs: readonly OutputFolder[];
  /** Of the final image; absolute. */
  readonly workingDirectory: string;
  /** Other ways to start the same image, best first. */
  readonly alternatives: readonly ServerStart[];
  readonly inputs: readonly DeclaredInput[];
  readonly metadata: ServerMetadata;
  /** 0 to 1: how sure detection is that this is a server and that it starts like this. */
  readonly confidence: number;
  readonly evidence: readonly Evidence[];
  readonly rejected: readonly Rejected[];
}

/** The repository's own Dockerfile for a server. */
export interface OwnDockerfile {
  /** Relative to the repository. */
  readonly path: string;
  /** The folder of its build context, relative to the repository: where what it copies exists. */
  readonly context: string;
  /** Images it is built from, without its own stages and `scratch`. */
  readonly bases: readonly string[];
  /** What its CMD, ENTRYPOINT, ENV and EXPOSE say. */
  readonly transport: ServerTransport;
  /** What makes it fail for certain, in words; empty when nothing speaks against trying it. */
  readonly defects: readonly string[];
}

/** What detection answers. The same files give the same answer. */
export type Detection =
  | {
      readonly kind: 'server';
      readonly plan: BuildPlan;
      readonly dockerfile: OwnDockerfile | null;
      /** Other servers of the repository, for `subdir`. */
      readonly others: readonly ServerLocation[];
    }
  | {
      /** Only its own Dockerfile says how it is built. */
      readonly kind: 'dockerfile';
      readonly dockerfile: OwnDockerfile;
      readonly inputs: readonly DeclaredInput[];
      readonly metadata: ServerMetadata;
      readonly evidence: readonly Evidence[];
    }
  | {
      /** There are several servers: one has to be named with `subdir`. */
      readonly kind: 'several';
      readonly servers: readonly ServerLocation[];
    }
  | {
      /** Not a server that can be built: a library, a client, a stub, nothing known. */
      readonly kind: 'unsupported';
      /** A full sentence. */
      readonly reason: string;
      readonly evidence: readonly Evidence[];
    };
