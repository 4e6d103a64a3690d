import { createHash } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { crc32, gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';

/** Name of the one package that the source has, for npm and for Python. */
export const PACKAGE = 'slipway-test-package';

/**
 * A source of packages as npm and pip know them, with one package of no content.
 *
 * @param origin where clients find it: `https://packages.test`
 */
export async function packageSource(origin: string): Promise<RequestListener> {
  const tarball = await npmPackage();
  const wheelName = `${PACKAGE.replaceAll('-', '_')}-1.0.0-py3-none-any.whl`;
  const wheel = pythonWheel();
  const pages: Readonly<Record<string, { readonly type: string; readonly body: string | Buffer }>> =
    {
      [`/${PACKAGE}`]: { type: 'application/json', body: npmDocument(origin, tarball) },
      '/package.tgz': { type: 'application/octet-stream', body: tarball },
      [`/simple/${PACKAGE}/`]: {
        type: 'text/html',
        body: `<!DOCTYPE html><a href="/${wheelName}">${wheelName}</a>`,
      },
      [`/${wheelName}`]: { type: 'application/octet-stream', body: wheel },
    };
  return (request, response) => {
    const page = pages[request.url ?? ''];
    response.writeHead(page === undefined ? 404 : 200, {
      'Content-Type': page?.type ?? 'text/plain',
    });
    response.end(request.method === 'HEAD' ? undefined : page?.body);
  };
}

function npmDocument(origin: string, tarball: Buffer): string {
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
  const dist = { tarball: `${origin}/package.tgz`, integrity };
  const version = { name: PACKAGE, version: '1.0.0', dist };
  return JSON.stringify({
    name: PACKAGE,
    'dist-tags': { latest: '1.0.0' },
    versions: { '1.0.0': version },
  });
}

async function npmPackage(): Promise<Buffer> {
  const archive = pack();
  archive.entry(
    { name: 'package/package.json' },
    JSON.stringify({ name: PACKAGE, version: '1.0.0' }),
  );
  archive.finalize();
  return gzipSync(await buffer(archive));
}

function pythonWheel(): Buffer {
  const info = `${PACKAGE.replaceAll('-', '_')}-1.0.0.dist-info`;
  return zip({
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${PACKAGE}\nVersion: 1.0.0\n`,
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    [`${info}/RECORD`]: `${info}/METADATA,,\n${info}/WHEEL,,\n${info}/RECORD,,\n`,
  });
}

/** A zip of stored files (PKWARE's APPNOTE, 4.3): all that a wheel needs. */
function zip(files: Readonly<Record<string, string>>): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const content = Buffer.from(text);
    const common = commonHeader(name, content);
    const entry = Buffer.concat([signature(0x04034b50), common, Buffer.from(name), content]);
    const position = Buffer.alloc(14);
    position.writeUInt32LE(offset, 10);
    const madeBy = Buffer.from([20, 0]);
    central.push(signature(0x02014b50), madeBy, common, position, Buffer.from(name));
    local.push(entry);
    offset += entry.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(local.length, 4);
  end.writeUInt16LE(local.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...local, directory, signature(0x06054b50), end]);
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** What the two headers of a file have in common; dates and flags are zero. */
function commonHeader(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(26);
  header.writeUInt16LE(20, 0);
  header.writeUInt16LE(0x21, 8);
  header.writeUInt32LE(crc32(content), 10);
  header.writeUInt32LE(content.length, 14);
  header.writeUInt32LE(content.length, 18);
  header.writeUInt16LE(Buffer.byteLength(name), 22);
  return header;
}
