import type { ServerStart } from '../../core/build-plan.js';
import type { Entry } from './entry-types.js';
import { environmentFolder } from './install.js';
import type { Launch } from './launch.js';
import type { Layout } from './layout.js';
import { relativeTo } from '../support/paths.js';
import { servingsOf } from './transport.js';

/** All ways an entry starts in the image, best first; empty when the image lacks its file. */
export function startsOf(
  entry: Entry,
  launches: readonly Launch[],
  layout: Layout,
  root: string,
): ServerStart[] {
  const start = argvOf(entry, layout, root);
  if (start === undefined) return [];
  return servingsOf(entry, launches).map((serving) => ({
    start,
    args: serving.args,
    transport: serving.transport,
    environment: serving.environment,
    source: `${entry.source}: ${serving.reason}`,
  }));
}

const python = `${environmentFolder}/bin/python`;

/** Calls what a console script would call; the names arrive as arguments, never as code. */
const callProgram =
  'import asyncio, importlib, inspect, operator, sys; module, name = sys.argv[1:3]; del sys.argv[1:3]; result = operator.attrgetter(name)(importlib.import_module(module))(); sys.exit(asyncio.run(result) if inspect.iscoroutine(result) else result)';

/** Runs a server object of a file over stdio. */
const objectProgram =
  'import runpy, sys; path, name = sys.argv[1:3]; del sys.argv[1:3]; runpy.run_path(path)[name].run()';

function argvOf(entry: Entry, layout: Layout, root: string): readonly string[] | undefined {
  const path = `/app/${relativeTo(root, entry.file) ?? entry.file}`;
  const { target } = entry;
  if (entry.what === 'module') return [python, '-m', entry.name];
  if (entry.what === 'script' && layout.mode !== 'sources') {
    return [`${environmentFolder}/bin/${entry.name}`];
  }
  if (entry.what === 'script' || entry.what === 'call') {
    return target === null ? undefined : calling(target);
  }
  // A wheel's image has no sources.
  if (layout.mode === 'wheel') return undefined;
  if (entry.what === 'file') return [python, path];
  return target === null ? undefined : [python, '-c', objectProgram, path, target.attribute];
}

function calling(target: { readonly module: string; readonly attribute: string }): string[] {
  return [python, '-c', callProgram, target.module, target.attribute];
}
