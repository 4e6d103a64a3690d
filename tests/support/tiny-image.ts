import { createHash, randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const MANIFEST_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';

/** A part of an image as a registry keeps it. */
export interface Blob {
  readonly digest: string;
  readonly bytes: Buffer;
}

/** An image as a registry keeps it. */
export interface RegistryImage {
  readonly layer: Blob;
  readonly config: Blob;
  readonly manifest: Blob & { readonly mediaType: string };
}

/** An image of one file, small as a rule, which no engine and no registry has had before. */
export async function tinyImage(bytes = 64 * 1024): Promise<RegistryImage> {
  const archive = pack();
  // Random bytes cannot be packed: a layer that is cut is a layer that lacks something.
  archive.entry({ name: 'file' }, randomBytes(bytes));
  archive.finalize();
  const tar = await buffer(archive);
  const layer = blob(gzipSync(tar));
  const config = blob(
    json({
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      os: 'linux',
      config: { Cmd: ['/file'] },
      rootfs: { type: 'layers', diff_ids: [digestOf(tar)] },
    }),
  );
  const manifest = blob(
    json({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: described(config, 'application/vnd.docker.container.image.v1+json'),
      layers: [described(layer, 'application/vnd.docker.image.rootfs.diff.tar.gzip')],
    }),
  );
  return { layer, config, manifest: { ...manifest, mediaType: MANIFEST } };
}

/** A list that names the image for that one platform only. */
export function listFor(
  { manifest }: RegistryImage,
  platform: { readonly os: string; readonly architecture: string },
): RegistryImage['manifest'] {
  const entry = { ...described(manifest, MANIFEST), platform };
  const list = json({ schemaVersion: 2, mediaType: MANIFEST_LIST, manifests: [entry] });
  return { ...blob(list), mediaType: MANIFEST_LIST };
}

function described({ digest, bytes }: Blob, mediaType: string): object {
  return { mediaType, size: bytes.length, digest };
}

function blob(bytes: Buffer): Blob {
  return { bytes, digest: digestOf(bytes) };
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}
