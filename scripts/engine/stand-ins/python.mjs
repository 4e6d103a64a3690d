import { fileURLToPath } from 'node:url';
import { buildFromDebian } from './debian.mjs';
import { titleLabel } from './kit.mjs';

/** What Debian's Python is taken from. The rest of them goes again; their libraries stay. */
const PACKAGES = ['ca-certificates', 'netbase', 'tzdata', 'python3-venv'];

/** Moves Debian's Python to where the official image has it. */
const ADAPT = fileURLToPath(new URL('python-as-official.sh', import.meta.url));

/**
 * @param {string} suite the Debian suite that has this version of Python
 * @returns {import('../catalog.mjs').CatalogImage['make']}
 */
export function pythonFrom(suite) {
  return (kit, reference) =>
    buildFromDebian(kit, reference, {
      suite,
      include: PACKAGES,
      adapt: ADAPT,
      lines: ['ENV LANG=C.UTF-8', titleLabel(reference), 'CMD ["python3"]'],
    });
}
