import { buildFromDebian, symlinks } from './debian.mjs';
import { titleLabel } from './kit.mjs';

/** As in the official image, which has the tools for cgo and for private modules. */
const PACKAGES = ['ca-certificates', 'g++', 'gcc', 'git', 'libc6-dev', 'make', 'pkg-config'];
const PATH =
  '/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Go of a newer Debian on the Debian of the original.
 *
 * @param {{ version: string, suite: string, newer: string }} from such as 1.27 of forky on bookworm
 * @returns {import('../catalog.mjs').CatalogImage['make']}
 */
export function golangFrom({ version, suite, newer }) {
  return (kit, reference) =>
    buildFromDebian(kit, reference, {
      suite,
      include: PACKAGES,
      newer: { suite: newer, packages: [`golang-${version}-go`, `golang-${version}-src`] },
      lines: [
        symlinks({ '/usr/local/go': `/usr/lib/go-${version}` }),
        'RUN mkdir -p /go/src /go/bin && chmod -R 1777 /go',
        `ENV GOPATH=/go GOTOOLCHAIN=local PATH=${PATH}`,
        'WORKDIR /go',
        titleLabel(reference),
        'CMD ["bash"]',
      ],
    });
}
