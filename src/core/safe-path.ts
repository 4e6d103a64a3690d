import { z } from 'zod';
import { visibleTextRule } from './text.js';

/** PATH_MAX of Linux is 4096 with the NUL at the end. */
const PATH_BYTES = 4095;

/** NAME_MAX of Linux. */
const NAME_BYTES = 255;

/** Folders the kernel fills: what is written or mounted there changes the container itself. */
const KERNEL_FOLDERS = ['/proc', '/sys', '/dev'];

/**
 * The rule an absolute path inside a container breaks, or undefined. It has to be normalised, so
 * that it means the same to us and to the engine, and outside of /proc, /sys and /dev.
 */
export function containerPathRule(path: string): string | undefined {
  if (!path.startsWith('/')) return 'must be an absolute path, such as /job/data';
  if (path === '/') return undefined;
  return lengthRule(path) ?? partsRule(path.slice(1)) ?? kernelFolderRule(path);
}

function lengthRule(path: string): string | undefined {
  return Buffer.byteLength(path) > PATH_BYTES ? `must be at most ${PATH_BYTES} bytes` : undefined;
}

function kernelFolderRule(path: string): string | undefined {
  const folder = KERNEL_FOLDERS.find((name) => path === name || path.startsWith(`${name}/`));
  return folder === undefined ? undefined : `must not be in ${folder}`;
}

/**
 * The rule a path relative to a repository or a build context breaks, or undefined. `.` is that
 * folder itself. Slashes are forward slashes on every system.
 */
export function relativePathRule(path: string): string | undefined {
  if (path === '.') return undefined;
  if (path.trim() === '') return 'must not be empty';
  if (path.startsWith('/') || /^[a-z]:/i.test(path)) return 'must be relative, such as src/server';
  if (path.includes('\\')) return 'must use forward slashes';
  return lengthRule(path) ?? partsRule(path);
}

function partsRule(path: string): string | undefined {
  return visibleTextRule(path) ?? firstRule(path.split('/'));
}

function firstRule(parts: readonly string[]): string | undefined {
  for (const part of parts) {
    if (part === '') return 'must not contain "//" or end with "/"';
    if (part === '.' || part === '..') return 'must not contain "." or ".." between slashes';
    if (Buffer.byteLength(part) > NAME_BYTES) {
      return `must have at most ${NAME_BYTES} bytes between slashes`;
    }
  }
  return undefined;
}

/** Schema of an absolute path inside a container; see {@link containerPathRule}. */
export const containerPath = pathSchema(containerPathRule);

/** Schema of a path inside a repository or build context; see {@link relativePathRule}. */
export const relativePath = pathSchema(relativePathRule);

function pathSchema(ruleOf: (path: string) => string | undefined): z.ZodString {
  return z.string({ error: 'must be a text' }).superRefine((path, context) => {
    const rule = ruleOf(path);
    if (rule !== undefined) context.addIssue({ code: 'custom', message: rule, input: path });
  });
}
