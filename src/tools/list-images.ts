import { z } from 'zod';
import { stripControl } from '../core/text.js';
import type { ImageSummary } from '../engine/ports.js';
import { textField } from './fields.js';
import { defineTool } from './tool.js';

/** A listing is for choosing an image; `total` tells when there are more. */
const SHOWN_IMAGES = 50;

/** An image may have hundreds of names. */
const SHOWN_NAMES = 10;

const imageOutput = z.object({
  names: z.array(z.string()),
  image_id: z.string(),
  size_bytes: z.number(),
  created: z.string(),
});

export const listImages = defineTool({
  name: 'list_images',
  title: 'List images',
  description:
    'List the images that are here already, newest first: runs of them start at once, without a pull. Gives names, id, size and the time of the last layer. Images that this server may not run are left out.',
  effect: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: z.strictObject({
    name: textField(255).optional().describe('Only images with this in a name.'),
  }),
  output: z.object({
    success: z.boolean(),
    error_message: z.string().nullable(),
    total: z.number(),
    images: z.array(imageOutput),
  }),
  run: async ({ name = '' }, { executor, signal }) => {
    const all = await executor.listImages({ signal });
    const wanted = all.filter(({ tags }) => tags.some((tag) => tag.includes(name)));
    const images = wanted.slice(0, SHOWN_IMAGES).map(listed);
    const output = { success: true, error_message: null, total: wanted.length, images };
    return { output, isError: false };
  },
  failed: ({ errorMessage }) => ({
    success: false,
    error_message: errorMessage,
    total: 0,
    images: [],
  }),
});

function listed({ tags, id, sizeBytes, createdAt }: ImageSummary): z.output<typeof imageOutput> {
  return {
    names: nameTexts(tags),
    image_id: id,
    size_bytes: sizeBytes,
    created: createdAt.toISOString(),
  };
}

function nameTexts(tags: readonly string[]): string[] {
  const shown = tags.slice(0, SHOWN_NAMES).map(stripControl);
  const more = tags.length - shown.length;
  return more > 0 ? [...shown, `and ${more} more`] : shown;
}
