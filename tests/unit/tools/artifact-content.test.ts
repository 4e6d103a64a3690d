import { describe, expect, it } from 'vitest';
import { artifactContent, artifactText, isImage } from '../../../src/tools/artifact-content.js';
import { GIF, JPEG, PNG, WEBP } from '../../support/images.js';

const typeOf = (path: string, content: Uint8Array | string): string =>
  artifactContent({ path, content: Buffer.from(content) }).mimeType;

describe('an image', () => {
  it.each([
    ['image/png', PNG],
    ['image/jpeg', JPEG],
    ['image/gif', GIF],
    ['image/webp', WEBP],
  ])('is known by its content, whatever its name: %s', (mimeType, content) => {
    for (const path of ['/out/x.png', '/out/x.txt', '/out/x']) {
      const file = artifactContent({ path, content });
      expect(file.mimeType).toBe(mimeType);
      expect(isImage(file)).toBe(true);
    }
  });

  it.each([
    ['image/png', PNG],
    ['image/jpeg', JPEG],
    ['image/gif', GIF],
    ['image/webp', WEBP],
  ])('is none when its end is missing: %s', (_type, content) => {
    const file = artifactContent({ path: '/out/x.png', content: content.subarray(0, -1) });
    expect(isImage(file)).toBe(false);
    expect(file.mimeType).toBe('application/octet-stream');
  });

  it.each([
    ['/out/x.png', 'not an image'],
    ['/out/x.jpg', ''],
    ['/out/x.gif', 'GIF8'],
    ['/out/x.svg', '# no drawing'],
    ['/out/x.webp', '<svg xmlns="x"/>'],
  ])('is none by its name alone: %s', (path, content) => {
    expect(typeOf(path, content)).toBe('text/plain');
  });

  it('of SVG is a text: clients show no such image', () => {
    const svg = '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>';
    const file = artifactContent({ path: '/out/x.svg', content: Buffer.from(svg) });
    expect(file).toMatchObject({ mimeType: 'image/svg+xml', isText: true });
    expect(isImage(file)).toBe(false);
  });
});

describe('another file', () => {
  it.each([
    ['/out/a.csv', 'a,b\r\n1,2\r\n', 'text/csv'],
    ['/out/a.JSON', '{}', 'application/json'],
    ['/out/a.html', '<p>', 'text/html'],
    ['/out/a.md', '# a', 'text/markdown'],
    ['/out/a.pdf', 'no PDF', 'text/plain'],
    ['/out/a.constructor', 'x', 'text/plain'],
    ['/out/log', 'é😀\f', 'text/plain'],
    ['/out/empty', '', 'text/plain'],
    ['/out/a.pdf', '%PDF-1.7\n\u0001', 'application/pdf'],
    ['/out/a.zip', 'PK\u0003\u0004', 'application/zip'],
    [
      '/out/a.xlsx',
      'PK\u0003\u0004',
      'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    ],
    ['/out/a.txt', 'a\u0000b', 'application/octet-stream'],
    ['/out/a.txt', '\u001b[31mred', 'application/octet-stream'],
  ])('is what its content permits of its name: %s %j', (path, content, mimeType) => {
    expect(typeOf(path, content)).toBe(mimeType);
  });

  it('that is not UTF-8 is no text', () => {
    expect(typeOf('/out/a.txt', Uint8Array.of(0x61, 0xff))).toBe('application/octet-stream');
  });

  it('that is text is given exactly as it is', () => {
    const text = '\uFEFFa\r\n\tb\r';
    const file = artifactContent({ path: '/out/a', content: Buffer.from(text) });
    expect(artifactText(file)).toBe(text);
  });

  it('has a name without what steers a terminal', () => {
    const path = '/out/\u001b[2Ja\u202E.txt';
    expect(artifactContent({ path, content: Buffer.from('x') }).path).toBe('/out/a.txt');
  });
});
