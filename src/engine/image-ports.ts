/** What the layers above see of an engine's images, in our words; the rest is in `ports.ts`. */
import type { Readable } from 'node:stream';
import type { Owner } from './owner.js';

/** An image the engine has. */
export interface ImageFacts {
  /** The engine's id: `sha256:` and 64 hexadecimal digits. */
  readonly id: string;
  /** `name@sha256:…` as the registry knows it, null for an image that was never pulled or pushed. */
  readonly digest: string | null;
  readonly sizeBytes: number;
  readonly platform: string;
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** Paths the image declares as VOLUME. */
  readonly volumes: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** TCP ports the image declares with EXPOSE, ascending. */
  readonly exposedPorts: readonly number[];
  /** `NAME=value`, as the image sets them. */
  readonly environment: readonly string[];
  /** '' for the root folder. */
  readonly workingDir: string;
}

/** Progress of a pull. Bytes count what the registry sends; totals grow as layers become known. */
export interface PullProgress {
  readonly layersDone: number;
  readonly layersTotal: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
  /** The engine's last sentence: `Downloading`, `Extracting` … */
  readonly status: string;
}

export interface PullOptions {
  /** `linux/arm64` and so on; undefined takes the engine's own. */
  readonly platform?: string | undefined;
  /** Milliseconds for the whole pull. */
  readonly timeoutMs: number;
  readonly onProgress?: ((progress: PullProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface PulledImage extends ImageFacts {
  /** Nothing was downloaded: the engine already had exactly this. */
  readonly alreadyUpToDate: boolean;
}

/** One line of progress of a build. */
export interface BuildProgress {
  /** The step that began, from 1. */
  readonly step: number;
  /** How many there are; of one stage, when the Dockerfile has several. */
  readonly steps: number;
  /** The instruction: `RUN npm ci`. */
  readonly message: string;
  /**
   * Taken from BuildKit's cache. The classic builder never says so in time, and a base image that
   * the engine has may be told either way.
   */
  readonly cached: boolean;
}

export interface BuildRequest {
  /** The build context as an uncompressed tar. */
  readonly context: Readable;
  /** Path of the Dockerfile inside the context. */
  readonly dockerfile: string;
  /** Full reference the image gets; without one it has its id only. With an `owner`, it has to be set. */
  readonly tag?: string | undefined;
  readonly buildArgs: Readonly<Record<string, string>>;
  /**
   * Who needs the image, and until when: it is removed when nobody does any more. Without one it
   * is meant to stay, and bears no proof of ours.
   */
  readonly owner?: Owner | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** The stage to build; undefined is the last one. */
  readonly target?: string | undefined;
  /** `linux/arm64` and so on; undefined takes the engine's own. */
  readonly platform?: string | undefined;
  /** Asks the registry for newer base images, also for those that the engine has. */
  readonly pull: boolean;
  /** References of images whose layers may be reused. */
  readonly cacheFrom: readonly string[];
  /**
   * Bytes by id, for `RUN --mount=type=secret,id=…`; at most 500 KiB each. They never become part
   * of the image, its history or the build cache.
   */
  readonly secrets: Readonly<Record<string, Uint8Array>>;
  /** Network of the RUN steps. */
  readonly networkMode: 'default' | 'none' | 'host';
  /** Bytes of /dev/shm of the RUN steps; undefined is the engine's default, 64 MiB. */
  readonly shmBytes?: number | undefined;
  /** Bytes of memory for each RUN step of the classic builder. BuildKit ignores it. */
  readonly memoryBytes: number;
  /** Milliseconds for the whole build. */
  readonly timeoutMs: number;
  readonly onProgress?: ((progress: BuildProgress) => void) | undefined;
  /** Hears what steps write, in pieces of any size, lines of parallel steps mixed. */
  readonly onLog?: ((text: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An image that was just built. */
export interface BuiltImage extends ImageFacts {
  /** What the builder warns of, in its words; at most 50. */
  readonly warnings: readonly string[];
}

/** Progress of a push. Bytes count what the registry is sent; layers it has count as done. */
export interface PushProgress {
  readonly layersDone: number;
  readonly layersTotal: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
  /** The engine's last sentence: `Preparing`, `Pushing`, `Layer already exists` … */
  readonly status: string;
}

export interface PushOptions {
  /** Milliseconds for the whole push. */
  readonly timeoutMs: number;
  readonly onProgress?: ((progress: PushProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An image that a registry confirmed to have. */
export interface PushedImage {
  /** As people write it. */
  readonly reference: string;
  /** `name@sha256:…`: what the registry says it has under the reference. */
  readonly digest: string;
  /** Bytes of the image on the engine; what a registry keeps is compressed. */
  readonly sizeBytes: number;
}

/** An image of a list. */
export interface ImageSummary {
  /** The engine's id: `sha256:` and 64 hexadecimal digits. */
  readonly id: string;
  /** Its names; none for an image that lost them. */
  readonly tags: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** When its last layer was made, which can have been in its base image. */
  readonly createdAt: Date;
  /** Bytes of all its layers, also of those that other images share. */
  readonly sizeBytes: number;
}

/** Images of an engine. */
export interface ImageStore {
  /** What the engine knows of `reference`, or undefined when it does not have it. */
  inspect(reference: string, signal?: AbortSignal): Promise<ImageFacts | undefined>;
  /** @throws {SlipwayError} `PULL_FAILED` with the reason */
  pull(reference: string, options: PullOptions): Promise<PulledImage>;
  /**
   * Builds an image. With BuildKit, registries are logged in to as for a pull, each with its own
   * login, and steps can mount the secrets.
   *
   * @throws {SlipwayError} `BUILD_FAILED` with the end of the log; `BUILD_REFUSED` when the
   * builder has no place for secrets; `INVALID_INPUT` for a secret that is too large
   */
  build(request: BuildRequest): Promise<BuiltImage>;
  /**
   * Gives an image another name; one that had it before loses it.
   *
   * @param image a reference, or an id (`sha256:…`)
   * @throws {SlipwayError} `IMAGE_NOT_FOUND`
   */
  tag(image: string, reference: string, signal?: AbortSignal): Promise<void>;
  /** @throws {SlipwayError} `PUSH_FAILED` with the reason, or `IMAGE_NOT_FOUND` */
  push(reference: string, options: PushOptions): Promise<PushedImage>;
  /** Images that bear all of these labels with these values, newest first. */
  findByLabel(
    labels: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<readonly ImageSummary[]>;
  /** Removes a tag, and the image with its last one. Absent is success. */
  remove(reference: string): Promise<void>;
}
