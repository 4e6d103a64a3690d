/**
 * The progress of a build, from either builder.
 *
 * BuildKit sends its trace as a protobuf message in `aux`; the classic builder and Podman send
 * lines of text. Message numbers: `api/services/control/control.proto` of moby/buildkit.
 */
import protobuf from 'protobufjs';
import { z } from 'zod';
import type { BuildProgress } from './ports.js';

const STATUS_PROTO = `
syntax = "proto3";
message Vertex { string digest = 1; string name = 3; bool cached = 4; bytes started = 5; bytes completed = 6; string error = 7; }
message VertexLog { string vertex = 1; int64 stream = 3; bytes msg = 4; }
message StatusResponse { repeated Vertex vertexes = 1; repeated VertexLog logs = 3; }
`;

const statusType = protobuf.parse(STATUS_PROTO).root.lookupType('StatusResponse');

const status = z.object({
  vertexes: z.array(
    z.object({
      digest: z.string(),
      name: z.string(),
      cached: z.boolean(),
      started: z.instanceof(Uint8Array),
      error: z.string(),
    }),
  ),
  logs: z.array(z.object({ vertex: z.string(), msg: z.instanceof(Uint8Array) })),
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

/** Follows one build: announces steps, keeps the log, remembers the image and the failure. */
/** The words of BuildKit, of the classic builder, and of Podman's. */
const EXIT_CODE =
  /(?:exit code:|returned a non-zero code:|while running runtime: exit status) (?<code>\d+)/;

export class BuildTrace {
  readonly #onProgress: (progress: BuildProgress) => void;
  readonly #keepLog: (text: string) => void;
  readonly #announced = new Set<string>();
  imageId: string | undefined;
  failure: BuildFailure | undefined;
  /** The step that failed, or the last one that was begun. */
  step: string | null = null;

  constructor(onProgress: (progress: BuildProgress) => void, keepLog: (text: string) => void) {
    this.#onProgress = onProgress;
    this.#keepLog = keepLog;
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
    for (const log of parsed.data.logs) this.#keepLog(Buffer.from(log.msg).toString('utf8'));
  }

  /** BuildKit sends every step right away, without a start: only a started one is under way. */
  #vertex(vertex: Vertex): void {
    if (vertex.error !== '' && !/context canceled/i.test(vertex.error)) this.step = vertex.name;
    const match = VERTEX_STEP.exec(vertex.name);
    if (match === null || vertex.started.length === 0) return;
    if (this.#announced.has(vertex.digest)) return;
    this.#announced.add(vertex.digest);
    this.#keepLog(`${vertex.name}${vertex.cached ? ' (cached)' : ''}\n`);
    this.#announce(match);
  }

  #text(text: string): void {
    this.#keepLog(text);
    const match = CLASSIC_STEP.exec(text.trim());
    if (match === null) return;
    this.step = match.groups?.['text'] ?? null;
    this.#announce(match);
  }

  /** Only the Dockerfile's own steps: what else a builder does is of no use to a reader. */
  #announce(match: RegExpExecArray): void {
    const { step, steps, text } = match.groups ?? {};
    if (step === undefined || steps === undefined || text === undefined) return;
    this.#onProgress({ step: Number(step), steps: Number(steps), message: text.trim() });
  }

  #fail(message: string, code: number | undefined): void {
    const exitCode = EXIT_CODE.exec(message)?.groups?.['code'];
    this.failure ??= {
      message,
      exitCode: exitCode === undefined ? (code ?? null) : Number(exitCode),
    };
  }
}
