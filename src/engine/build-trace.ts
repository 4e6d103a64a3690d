/**
 * The progress of a build, from either builder.
 *
 * BuildKit sends its trace as a protobuf message in `aux`; the classic builder and Podman send
 * lines of text. Message numbers: `api/services/control/control.proto` of moby/buildkit.
 */
import protobuf from 'protobufjs';
import { z } from 'zod';
import { BUILD_WARNINGS } from '../core/limits.js';
import { stripControl } from '../core/text.js';
import { VertexLogs } from './build-log.js';
import type { BuildProgress } from './ports.js';

const STATUS_PROTO = `
syntax = "proto3";
message Vertex { string digest = 1; string name = 3; bool cached = 4; bytes started = 5; bytes completed = 6; string error = 7; }
message VertexLog { string vertex = 1; int64 stream = 3; bytes msg = 4; }
message VertexWarning { string vertex = 1; bytes short = 3; string url = 5; }
message StatusResponse { repeated Vertex vertexes = 1; repeated VertexLog logs = 3; repeated VertexWarning warnings = 4; }
`;

const statusType = protobuf.parse(STATUS_PROTO).root.lookupType('StatusResponse');

const status = z.object({
  vertexes: z.array(
    z.object({
      digest: z.string(),
      name: z.string(),
      cached: z.boolean(),
      started: z.instanceof(Uint8Array),
      completed: z.instanceof(Uint8Array),
      error: z.string(),
    }),
  ),
  logs: z.array(z.object({ vertex: z.string(), msg: z.instanceof(Buffer) })),
  warnings: z.array(z.object({ short: z.instanceof(Buffer), url: z.string() })),
});

const line = z.object({
  id: z.string().optional(),
  aux: z.unknown().optional(),
  stream: z.string().optional(),
  error: z.string().optional(),
  errorDetail: z.object({ message: z.string().optional(), code: z.number().optional() }).nullish(),
});

type Vertex = z.output<typeof status>['vertexes'][number];

const imageId = z.object({ ID: z.string() });

const VERTEX_STEP = /^\[(?:[^\]]*? )?(?<step>\d+)\/(?<steps>\d+)\] (?<text>.*)/s;
const CLASSIC_STEP = /^step (?<step>\d+)\/(?<steps>\d+) ?: (?<text>.*)/is;

/** A step that failed, in the builder's words. */
export interface BuildFailure {
  readonly message: string;
  readonly exitCode: number | null;
}

/** The words of BuildKit, of the classic builder, and of Podman's. */
const EXIT_CODE =
  /(?:exit code:|returned a non-zero code:|while running runtime: exit status) (?<code>\d+)/;

/** A warning among the lines of the classic builders, and the name of a step of older BuildKits. */
const WARNING = /^(?: *---> )?\[Warning\] (?<text>.+)/s;

/** Follows one build: announces steps, tells the log, remembers the image and the failure. */
export class BuildTrace {
  readonly #onProgress: (progress: BuildProgress) => void;
  readonly #onLog: (text: string) => void;
  readonly #announced = new Set<string>();
  readonly #logs = new VertexLogs();
  readonly #warnings = new Set<string>();
  #failedVertex: string | undefined;
  imageId: string | undefined;
  failure: BuildFailure | undefined;
  /** The step that failed, or the last one that was begun. */
  step: string | null = null;

  constructor(onProgress: (progress: BuildProgress) => void, onLog: (text: string) => void) {
    this.#onProgress = onProgress;
    this.#onLog = onLog;
  }

  /** What the builder warned of, in its words. */
  get warnings(): readonly string[] {
    return [...this.#warnings];
  }

  /** The end of what the failed step wrote, without what ran beside it; '' when that is not known. */
  get failedLog(): string {
    return this.#failedVertex === undefined ? '' : this.#logs.tail(this.#failedVertex);
  }

  read(value: unknown): void {
    const parsed = line.safeParse(value);
    if (!parsed.success) return;
    const { id, aux, stream, error, errorDetail } = parsed.data;
    if (id === 'moby.buildkit.trace' && typeof aux === 'string') this.#trace(aux);
    const image = imageId.safeParse(aux);
    if (image.success) this.imageId = image.data.ID;
    if (stream !== undefined) this.#text(stream);
    const message = errorDetail?.message ?? error;
    if (message !== undefined) this.#fail(message, errorDetail?.code);
  }

  #trace(aux: string): void {
    const decoded = statusType.toObject(statusType.decode(Buffer.from(aux, 'base64')), {
      defaults: true,
      arrays: true,
      bytes: Buffer,
    });
    const parsed = status.safeParse(decoded);
    if (!parsed.success) return;
    for (const vertex of parsed.data.vertexes) this.#vertex(vertex);
    for (const { vertex, msg } of parsed.data.logs) this.#onLog(this.#logs.add(vertex, msg));
    for (const { short, url } of parsed.data.warnings) {
      this.#warn(`${short.toString('utf8')}${url === '' ? '' : ` (${url})`}`);
    }
  }

  #vertex(vertex: Vertex): void {
    const { digest, name, error } = vertex;
    if (error !== '' && !/context canceled/i.test(error)) {
      this.step = name;
      this.#failedVertex = digest;
    } else if (vertex.completed.length > 0) {
      this.#logs.forget(digest);
    }
    const warning = WARNING.exec(name)?.groups?.['text'];
    if (warning !== undefined) this.#warn(warning);
    const match = VERTEX_STEP.exec(name);
    // BuildKit sends every step right away, without a start: only a started one is under way.
    if (match === null || vertex.started.length === 0 || this.#announced.has(digest)) return;
    this.#announced.add(digest);
    this.#onLog(`${name}${vertex.cached ? ' (cached)' : ''}\n`);
    this.#announce(match, vertex.cached);
  }

  #text(text: string): void {
    this.#onLog(text);
    const warning = WARNING.exec(text)?.groups?.['text'];
    if (warning !== undefined) this.#warn(warning);
    const match = CLASSIC_STEP.exec(text.trim());
    if (match === null) return;
    this.step = match.groups?.['text'] ?? null;
    this.#announce(match, false);
  }

  #warn(text: string): void {
    if (this.#warnings.size >= BUILD_WARNINGS.count) return;
    this.#warnings.add(stripControl(text).trim().slice(0, BUILD_WARNINGS.characters));
  }

  /** Only the Dockerfile's own steps: what else a builder does is of no use to a reader. */
  #announce(match: RegExpExecArray, cached: boolean): void {
    const { step, steps, text } = match.groups ?? {};
    if (step === undefined || steps === undefined || text === undefined) return;
    this.#onProgress({ step: Number(step), steps: Number(steps), message: text.trim(), cached });
  }

  #fail(message: string, code: number | undefined): void {
    const exitCode = EXIT_CODE.exec(message)?.groups?.['code'];
    this.failure ??= {
      message,
      exitCode: exitCode === undefined ? (code ?? null) : Number(exitCode),
    };
  }
}
