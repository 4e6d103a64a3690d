import { buildFromDebian, symlinks } from './debian.mjs';
import { DEFAULT_PATH, titleLabel } from './kit.mjs';

const PACKAGES = ['ca-certificates', 'gcc', 'libc6-dev'];

const LINKS = {
  '/usr/local/cargo/bin/cargo': '/usr/bin/cargo',
  '/usr/local/cargo/bin/rustc': '/usr/bin/rustc',
  '/usr/local/cargo/bin/rustdoc': '/usr/bin/rustdoc',
};

/**
 * Rust of a newer Debian on the Debian of the original, at the paths of the original. Without
 * rustup, rustfmt and clippy: there is one toolchain, whatever rust-toolchain.toml says.
 *
 * @param {{ suite: string, newer: string }} from
 * @returns {import('../catalog.mjs').CatalogImage['make']}
 */
export function rustFrom({ suite, newer }) {
  return (kit, reference) =>
    buildFromDebian(kit, reference, {
      suite,
      include: PACKAGES,
      newer: { suite: newer, packages: ['rustc', 'cargo', 'libstd-rust-dev'] },
      lines: [
        'RUN mkdir -p /usr/local/cargo/bin && chmod -R a+w /usr/local/cargo',
        symlinks(LINKS),
        `ENV CARGO_HOME=/usr/local/cargo PATH=/usr/local/cargo/bin:${DEFAULT_PATH}`,
        titleLabel(reference),
        'CMD ["bash"]',
      ],
    });
}
