import { z } from 'zod';
import { sumOfLayers, type LayerProgress } from './layer-progress.js';
import type { PullProgress } from './ports.js';

const event = z.object({
  id: z.string().optional(),
  status: z.string().optional(),
  progressDetail: z
    .object({ current: z.number().optional(), total: z.number().optional() })
    .nullish(),
  error: z.string().optional(),
  errorDetail: z.object({ message: z.string().optional() }).nullish(),
});

/** Raised by {@link PullTracker.read} for the error that the engine reports inside a 200. */
export class PullStreamError extends Error {}

const LAYER_ID = /^[0-9a-f]{12}$/;

/** Adds up what the engine says about the layers of one pull. */
export class PullTracker {
  readonly #layers = new Map<string, LayerProgress>();
  #status = '';
  /** A layer was really downloaded. */
  downloaded = false;

  /** @throws {PullStreamError} */
  read(value: unknown): PullProgress | undefined {
    const parsed = event.safeParse(value);
    if (!parsed.success) return undefined;
    const failure = parsed.data.errorDetail?.message ?? parsed.data.error;
    if (failure !== undefined) throw new PullStreamError(failure);
    this.#status = parsed.data.status ?? this.#status;
    const { id } = parsed.data;
    if (id !== undefined && LAYER_ID.test(id)) this.#layer(id, parsed.data);
    return this.#progress();
  }

  #layer(id: string, data: z.output<typeof event>): void {
    const layer = this.#layers.get(id) ?? { done: false, bytes: 0, total: 0 };
    this.#layers.set(id, layer);
    switch (data.status) {
      case 'Downloading':
        this.downloaded = true;
        layer.bytes = data.progressDetail?.current ?? layer.bytes;
        layer.total = data.progressDetail?.total ?? layer.total;
        break;
      case 'Download complete':
        this.downloaded = true;
        layer.bytes = layer.total;
        break;
      case 'Pull complete':
      case 'Already exists':
        layer.done = true;
        layer.bytes = layer.total;
        break;
      default:
    }
  }

  #progress(): PullProgress {
    return { ...sumOfLayers(this.#layers.values()), status: this.#status };
  }
}
