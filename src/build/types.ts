/** The public options and results of `DockerBuilder`. */
import type {
  BuildPlan,
  DeclaredInput,
  Detection,
  Language,
  PackageManager,
  ServerMetadata,
} from '../core/build-plan.js';
import type { BuildProgress, PullProgress } from '../engine/ports.js';
import type { ProbeResult } from '../probe/types.js';

/** Which Dockerfile is tried. `auto`: the repository's own where nothing speaks against it, then a generated one. */
export type DockerfilePreference = 'auto' | 'repository' | 'generated';

/** What kind of server a folder holds, for callers who know it better than detection. */
export interface MCPServerType {
  readonly type: Language;
  /** A file, relative to the server's folder, that starts it. @default detected */
  readonly entrypoint?: string | undefined;
  /** @default detected */
  readonly packageManager?: PackageManager | undefined;
}

/** Where the server is in a folder. */
export interface DetectOptions {
  /** Folder of the server, relative to the repository. @default found */
  readonly subdir?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A build of a folder. */
export interface DockerBuildConfig extends DetectOptions {
  /** Folder of the repository on this machine. Only read. */
  readonly repoPath: string;
  /** Names the image `mcp-{deploymentId}:latest`: lower case letters, digits, `-`, `_`, `.`. @default the server's name */
  readonly deploymentId?: string | undefined;
  /** A full image reference instead. */
  readonly tag?: string | undefined;
  /** @default detected */
  readonly serverType?: MCPServerType | undefined;
  /** @default the policy's `build.prefer` (`auto`) */
  readonly prefer?: DockerfilePreference | undefined;
  /** A Dockerfile relative to the repository; only this one is tried then. */
  readonly dockerfilePath?: string | undefined;
  /** Folder of its build context, relative to the repository. @default the one in which all it copies exists */
  readonly contextPath?: string | undefined;
  /** Text of a Dockerfile template (handlebars) in place of ours. */
  readonly template?: string | undefined;
  /** Variables the server is proved with. They are not in the image. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Arguments the server is proved with, in place of the image's CMD. They are not in the image. */
  readonly args?: readonly string[] | undefined;
  /** Build arguments: no secrets, they stay in the image's history. */
  readonly buildArgs?: Readonly<Record<string, string>> | undefined;
  /** By id, for `RUN --mount=type=secret,id=…`. In no layer, no history. At most 500,000 bytes each. */
  readonly secrets?: Readonly<Record<string, string | Uint8Array>> | undefined;
  /** A stage of the Dockerfile. @default the last one */
  readonly target?: string | undefined;
  /** `linux/arm64` and so on. @default the engine's own */
  readonly platform?: string | undefined;
  /** When base images are fetched. @default missing */
  readonly pull?: 'missing' | 'always' | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Images whose layers may serve as a cache. */
  readonly cacheFrom?: readonly string[] | undefined;
  /** Network of the build's steps. @default default */
  readonly networkMode?: 'default' | 'none' | undefined;
  /** PEM certificates that install steps trust beside the usual ones. @default those of `NODE_EXTRA_CA_CERTS` and `SSL_CERT_FILE` */
  readonly certificates?: string | undefined;
  /** The certificates stay in the image. @default false */
  readonly keepCertificates?: boolean | undefined;
  /** Start the image and speak MCP with it. @default true */
  readonly probe?: boolean | undefined;
  /** Milliseconds for the whole build, without the probe. @default 600,000 */
  readonly timeoutMs?: number | undefined;
  /** Hears what happens. Must not throw. */
  readonly onEvent?: ((event: BuildEvent) => void) | undefined;
}

/** What happens while an image is made, in order. */
export type BuildEvent =
  | { readonly type: 'cloning'; readonly repository: string }
  | { readonly type: 'detected'; readonly detection: Detection }
  | { readonly type: 'dockerfile'; readonly source: DockerfileSource; readonly text: string }
  | { readonly type: 'pulling'; readonly image: string; readonly progress: PullProgress | null }
  | { readonly type: 'building'; readonly progress: BuildProgress }
  /** Lines of the build's log, as they come. */
  | { readonly type: 'log'; readonly text: string }
  /** Nothing changed since `imageId` was built: no build. */
  | { readonly type: 'cached'; readonly imageId: string }
  | { readonly type: 'probing'; readonly imageId: string }
  | { readonly type: 'probed'; readonly probe: ProbeResult }
  /** This attempt is given up, and the next one begins. */
  | { readonly type: 'fallback'; readonly reason: string }
  | { readonly type: 'pushing'; readonly image: string; readonly progress: PullProgress | null }
  | { readonly type: 'running'; readonly container: string };

/** Where a Dockerfile comes from: the repository, or a template for a language. */
export type DockerfileSource =
  | { readonly kind: 'repository'; readonly path: string; readonly context: string }
  | { readonly kind: 'generated'; readonly language: Language };

/** What became of a build, in one word. */
export type BuildStatus = 'works' | 'needs_config' | 'broken' | 'unsupported' | 'built';

/** An image that was made. */
export interface BuildOutput {
  readonly imageId: string;
  /** Bytes. */
  readonly size: number;
  readonly warnings: readonly string[];
}

export interface BuildResult extends BuildOutput {
  /** As the probe says; `built` when there was none. */
  readonly status: BuildStatus;
  /** Full reference. An image that is broken gets no tag: what had it keeps it. Null then. */
  readonly imageTag: string | null;
  /** `name@sha256:…` once a registry has it; null before. */
  readonly digest: string | null;
  /** Milliseconds from the call to the finished image, without the probe. */
  readonly buildTime: number;
  /** Nothing had changed since an earlier build: the engine was not asked to build. */
  readonly cached: boolean;
  /** Null when only the repository's own Dockerfile says how it is built. */
  readonly plan: BuildPlan | null;
  readonly source: DockerfileSource;
  readonly dockerfile: string;
  /** Name, version and so on, as the repository says them. */
  readonly metadata: ServerMetadata;
  readonly inputs: readonly DeclaredInput[];
  /** Null when it was not asked for. */
  readonly probe: ProbeResult | null;
}

/** A Dockerfile for a folder, without a build. */
export interface GeneratedDockerfile {
  readonly text: string;
  readonly plan: BuildPlan;
}

export interface PushImageOptions {
  /** `registry.example.com`, or with a path: the image is tagged for it first. @default the image's own name */
  readonly registry?: string | undefined;
  /** Milliseconds. @default 300,000 */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: BuildEvent) => void) | undefined;
}

export interface PushedImage {
  /** The name it was pushed under. */
  readonly image: string;
  /** `sha256:…`, as the registry confirmed it. */
  readonly digest: string;
}
