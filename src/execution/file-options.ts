/** Options for files that go into a container and come back from it. */
import { z } from 'zod';
import { INPUT_LIMITS } from '../core/limits.js';
import { invalidInput } from '../core/options.js';
import { parsePathPattern, type PathPattern } from '../core/path-pattern.js';
import { containerPath } from '../core/safe-path.js';
import { formatBytes } from '../core/units.js';
import type { ContainerFile } from '../engine/ports.js';

const encoding = z.enum(['utf8', 'base64'], 'must be "utf8" or "base64"').default('utf8');

/** How the text of a payload is to be read. */
export const payloadEncoding = encoding;

const file = z.strictObject({
  path: containerPath,
  content: z.union([z.string(), z.instanceof(Uint8Array)], 'must be text or bytes'),
  encoding,
  mode: z.int('must be permission bits').min(0).max(0o777, 'must be at most 0o777').optional(),
});

const pattern = z.string().transform((value, context): PathPattern => {
  const parsed = parsePathPattern(value);
  if (typeof parsed !== 'string') return parsed;
  context.issues.push({ code: 'custom', message: parsed, input: value });
  return z.NEVER;
});

/** Part of the schema of a run. */
export const fileOptions = {
  files: z
    .array(file)
    .max(INPUT_LIMITS.fileCount, `must be at most ${INPUT_LIMITS.fileCount} files`)
    .optional(),
  artifacts: z
    .array(pattern)
    .max(INPUT_LIMITS.artifactPatterns, `must be at most ${INPUT_LIMITS.artifactPatterns} patterns`)
    .optional(),
};

/**
 * The files as they are put into the container.
 *
 * @throws {SlipwayError} `INVALID_INPUT` for too many bytes, or two files that cannot both be there
 */
export function containerFiles(files: readonly z.output<typeof file>[]): readonly ContainerFile[] {
  const made = files.map(({ path, content, encoding: coded, mode }) =>
    containerFile(path, decoded('files', content, coded), mode),
  );
  const bytes = made.reduce((sum, { content }) => sum + content.byteLength, 0);
  if (bytes > INPUT_LIMITS.filesBytes) throw tooLarge('files', bytes, INPUT_LIMITS.filesBytes);
  refuseConflicts(made.map(({ path }) => path));
  return made;
}

const SHEBANG = Buffer.from('#!');

/** Everybody may read it; executable when it says by which program (`#!`). */
export function containerFile(path: string, content: Uint8Array, mode?: number): ContainerFile {
  const executable = SHEBANG.equals(content.subarray(0, SHEBANG.length));
  return { path, content, mode: mode ?? (executable ? 0o755 : 0o644) };
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** @throws {SlipwayError} `INVALID_INPUT` for text that is not what `coded` says */
export function decoded(
  field: string,
  content: string | Uint8Array,
  coded: 'utf8' | 'base64',
): Uint8Array {
  if (typeof content !== 'string') return content;
  if (coded === 'base64' && !BASE64.test(content)) {
    throw invalidInput(field, 'must be base64, without line ends', content);
  }
  return Buffer.from(content, coded);
}

export function tooLarge(field: string, bytes: number, limit: number) {
  const hint = 'Put the data into the image, or fetch it inside the container.';
  return invalidInput(field, `must be at most ${formatBytes(limit)}`, formatBytes(bytes), hint);
}

/** One name twice, or a name that is a file here and a folder there. */
function refuseConflicts(paths: readonly string[]): void {
  const seen = new Set<string>();
  for (const path of paths) {
    const key = path.normalize('NFC');
    if (seen.has(key)) throw invalidInput('files', 'must not name a path twice', path);
    seen.add(key);
  }
  for (const path of seen) {
    const parents = path.split('/').slice(1, -1);
    const parent = parents
      .map((_, index) => `/${parents.slice(0, index + 1).join('/')}`)
      .find((folder) => seen.has(folder));
    if (parent !== undefined) {
      throw invalidInput('files', 'must not use a file as a folder', parent);
    }
  }
}
