import { stripControl } from '../core/text.js';
import type { Artifact } from '../engine/ports.js';

/** A file that a run brought back, and what it is. */
export interface ArtifactContent {
  /** In the container, without what steers a terminal. */
  readonly path: string;
  /** Never an image type that the content does not bear out. */
  readonly mimeType: string;
  readonly content: Uint8Array;
  /** The content is UTF-8 and holds no control characters that text does not have. */
  readonly isText: boolean;
}

/** A file as a part of an answer, beside the answer itself. */
export interface Attachment extends ArtifactContent {
  /** The address of its resource; null for an image that can only be seen here. */
  readonly uri: string | null;
}

/** Reads what a file is: images by their first and last bytes, text by its encoding and its name. */
export function artifactContent({ path, content }: Artifact): ArtifactContent {
  const named = { path: stripControl(path), content };
  const image = imageType(content);
  if (image !== undefined) return { ...named, mimeType: image, isText: false };
  const text = readableText(content);
  const mimeType = text === null ? binaryType(path, content) : textType(path, text);
  return { ...named, mimeType, isText: text !== null };
}

/** The text of a file that is text, exactly as it is. */
export function artifactText({ content }: ArtifactContent): string {
  return UTF8.decode(content);
}

/** The image types that clients show. */
export function isImage({ mimeType, isText }: ArtifactContent): boolean {
  return !isText && mimeType.startsWith('image/');
}

/**
 * An image that is cut off, or is none, makes some models refuse the whole conversation: so the
 * end is looked at as well.
 */
function imageType(content: Uint8Array): string | undefined {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  return IMAGES.find(({ isOne }) => isOne(bytes))?.mimeType;
}

const IMAGES: readonly { readonly mimeType: string; readonly isOne: (b: Buffer) => boolean }[] = [
  {
    mimeType: 'image/png',
    isOne: (b) => starts(b, '89504e470d0a1a0a0000000d49484452') && ends(b, '49454e44ae426082'),
  },
  { mimeType: 'image/jpeg', isOne: (b) => starts(b, 'ffd8ff') && ends(b, 'ffd9') },
  {
    mimeType: 'image/gif',
    isOne: (b) => (starts(b, '474946383761') || starts(b, '474946383961')) && ends(b, '3b'),
  },
  {
    mimeType: 'image/webp',
    isOne: (b) =>
      starts(b, '52494646') &&
      b.toString('latin1', 8, 12) === 'WEBP' &&
      b.readUInt32LE(4) + 8 === b.length,
  },
];

function starts(bytes: Buffer, hex: string): boolean {
  return bytes.subarray(0, hex.length / 2).toString('hex') === hex;
}

function ends(bytes: Buffer, hex: string): boolean {
  return bytes.subarray(-hex.length / 2).toString('hex') === hex;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Controls that no text file has; JSON would write six characters for each of them. */
const BINARY = /(?![\t\n\f\r])\p{Cc}/u;

/** The text, or null for what is none. */
function readableText(content: Uint8Array): string | null {
  try {
    const text = UTF8.decode(content);
    return BINARY.test(text) ? null : text;
  } catch {
    return null;
  }
}

/** By the name, which chooses among kinds of text only. */
const TEXT_TYPES: Readonly<Record<string, string>> = {
  css: 'text/css',
  csv: 'text/csv',
  htm: 'text/html',
  html: 'text/html',
  js: 'text/javascript',
  json: 'application/json',
  md: 'text/markdown',
  mjs: 'text/javascript',
  tsv: 'text/tab-separated-values',
  xml: 'application/xml',
  yaml: 'application/yaml',
  yml: 'application/yaml',
};

const SVG = /^\uFEFF?\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!DOCTYPE svg[^>]{0,300}>\s*)?<svg[\s>]/;

function textType(path: string, text: string): string {
  const extension = extensionOf(path);
  if (extension === 'svg' && SVG.test(text.slice(0, 1000))) return 'image/svg+xml';
  return TEXT_TYPES[extension] ?? 'text/plain';
}

/** Kinds of binary file by their first bytes. */
const BINARY_TYPES: readonly (readonly [hex: string, mimeType: string])[] = [
  ['255044462d', 'application/pdf'],
  ['504b0304', 'application/zip'],
  ['1f8b', 'application/gzip'],
  ['53514c69746520666f726d6174203300', 'application/vnd.sqlite3'],
];

/** Documents of offices are ZIP files: here the name says which. */
const ZIP_TYPES: Readonly<Record<string, string>> = {
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

function binaryType(path: string, content: Uint8Array): string {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const found = BINARY_TYPES.find(([hex]) => starts(bytes, hex))?.[1];
  if (found === 'application/zip') return ZIP_TYPES[extensionOf(path)] ?? found;
  return found ?? 'application/octet-stream';
}

function extensionOf(path: string): string {
  const extension = /\.([A-Za-z0-9]{1,8})$/.exec(path)?.[1] ?? '';
  return extension.toLowerCase();
}
