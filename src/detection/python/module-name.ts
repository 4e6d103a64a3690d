import { importedModules, type Modules, type SourceFile } from './modules.js';
import { relativeTo } from '../support/paths.js';

/**
 * How `python -m` names a file of a package; undefined for a file that lies in none, or that
 * imports its neighbours as a script does.
 */
export function moduleOf(file: SourceFile, folder: string, modules: Modules): string | undefined {
  const parts = (relativeTo(folder, file.path) ?? file.path).replace(/\.py$/, '').split('/');
  const first = parts[0] === 'src' && parts.length > 2 ? 1 : 0;
  const module = parts
    .slice(first)
    .join('.')
    .replace(/\.__(?:main|init)__$/, '');
  const top = parts[first] ?? '';
  if (parts.length - first < 2 || !/^[A-Za-z_][\w.]*$/.test(module)) return undefined;
  const imported = importedModules(file);
  const own = imported.some((name) => name.startsWith('.') || name.split('.')[0] === top);
  return own || modules.find(top) !== undefined ? module : undefined;
}
