import { z } from 'zod';
import { sumOfLayers, type LayerProgress } from './layer-progress.js';
import type { PushProgress } from './ports.js';

const event = z.object({
  id: z.string().optional(),
  status: z.string().optional(),
  progressDetail: z
    .object({ current: z.number().optional(), total: z.number().optional() })
    .nullish(),
  aux: z.object({ Digest: z.string().optional() }).nullish(),
  error: z.string().optional(),
  errorDetail: z.object({ message: z.string().optional() }).nullish(),
});

type Event = z.output<typeof event>;

/** Raised by {@link PushTracker.read} for the error that the engine reports inside a 200. */
export class PushStreamError extends Error {}

const LAYER_ID = /^[0-9a-f]{12}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const DIGEST_LINE = /\bdigest: (sha256:[0-9a-f]{64})\b/;
const LAYER_DONE = /^(?:Pushed|Layer already exists|Mounted from .*)$/;

/** Adds up what the engine says about the layers of one push. */
export class PushTracker {
  readonly #layers = new Map<string, LayerProgress>();
  #status = '';
  /** Digest of the manifest, once the registry has it. */
  digest: string | undefined;

  /** @throws {PushStreamError} */
  read(value: unknown): PushProgress | undefined {
    const parsed = event.safeParse(value);
    if (!parsed.success) return undefined;
    const { id, status, error, errorDetail } = parsed.data;
    const failure = errorDetail?.message ?? error;
    if (failure !== undefined) throw new PushStreamError(failure);
    this.digest ??= confirmedDigest(parsed.data);
    this.#status = status ?? this.#status;
    if (id !== undefined && LAYER_ID.test(id)) this.#layer(id, parsed.data);
    return this.#progress();
  }

  #layer(id: string, { status = '', progressDetail }: Event): void {
    const layer = this.#layers.get(id) ?? { done: false, bytes: 0, total: 0 };
    this.#layers.set(id, layer);
    layer.total = progressDetail?.total ?? layer.total;
    layer.bytes = progressDetail?.current ?? layer.bytes;
    layer.done = LAYER_DONE.test(status);
    // What is sent is compressed, and was measured before that.
    if (layer.done) layer.bytes = layer.total = Math.max(layer.total, layer.bytes);
  }

  #progress(): PushProgress {
    return { ...sumOfLayers(this.#layers.values()), status: this.#status };
  }
}

/** In a message of its own, and in a line that belongs to no layer. */
function confirmedDigest({ id, status = '', aux }: Event): string | undefined {
  if (aux?.Digest !== undefined && DIGEST.test(aux.Digest)) return aux.Digest;
  return id === undefined ? DIGEST_LINE.exec(status)?.[1] : undefined;
}
