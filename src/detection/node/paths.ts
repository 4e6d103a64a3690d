import { posix } from 'node:path';

/** The way from one folder of the repository to a path, with `..` where that is not below it. */
export function wayTo(folder: string, path: string): string {
  const way = posix.relative(folder, path);
  return way === '' ? '.' : way;
}

/** Where a path of the context is in the build and in the image. */
export function imagePath(context: string, path: string): string {
  return posix.join('/app', posix.relative(context, path));
}
