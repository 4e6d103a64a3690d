/** What crates with C code need of Debian: to build, and to run. */
const NEEDS: readonly {
  readonly crate: RegExp;
  readonly build: readonly string[];
  readonly run: readonly string[];
}[] = [
  { crate: /^openssl-sys$/, build: ['libssl-dev', 'pkg-config'], run: ['libssl3'] },
  { crate: /^openssl-src$/, build: ['make', 'perl'], run: [] },
  {
    crate: /^(?:aws-lc-sys|cmake|libz-ng-sys|rdkafka-sys)$/,
    build: ['cmake', 'g++', 'make'],
    run: [],
  },
  { crate: /^(?:prost-build|protobuf-build|protoc)$/, build: ['protobuf-compiler'], run: [] },
  { crate: /^(?:bindgen|clang-sys)$/, build: ['libclang-dev'], run: [] },
  { crate: /^(?:tikv-jemalloc-sys|jemalloc-sys|libmimalloc-sys)$/, build: ['make'], run: [] },
  { crate: /^(?:link-cplusplus|cxx-build|esaxx-rs)$/, build: ['g++'], run: ['libstdc++6'] },
  { crate: /^libduckdb-sys$/, build: ['g++'], run: ['libstdc++6'] },
  { crate: /^libdbus-sys$/, build: ['libdbus-1-dev', 'pkg-config'], run: ['libdbus-1-3'] },
  { crate: /^(?:pq-sys|libpq-sys)$/, build: ['libpq-dev'], run: ['libpq5'] },
  { crate: /^mysqlclient-sys$/, build: ['libmariadb-dev'], run: ['libmariadb3'] },
  { crate: /^alsa-sys$/, build: ['libasound2-dev', 'pkg-config'], run: ['libasound2'] },
  { crate: /^libudev-sys$/, build: ['libudev-dev', 'pkg-config'], run: ['libudev1'] },
];

export interface SystemPackages {
  readonly build: readonly string[];
  readonly run: readonly string[];
  /** The crates that ask for them. */
  readonly crates: readonly string[];
}

/** By the crates in Cargo.lock, or those that the manifest names when there is no lock. */
export function cargoSystemPackages(
  lock: string | undefined,
  declared: readonly string[],
): SystemPackages {
  const locked = [...(lock ?? '').matchAll(/^name = "([\w-]+)"$/gm)].map(([, name = '']) => name);
  const crates = [...new Set(lock === undefined ? declared : locked)].toSorted();
  const needed = NEEDS.filter(({ crate }) => crates.some((name) => crate.test(name)));
  const all = (lists: readonly (readonly string[])[]): string[] =>
    [...new Set(lists.flat())].toSorted();
  return {
    build: all(needed.map(({ build }) => build)),
    run: all([['ca-certificates'], ...needed.map(({ run }) => run)]),
    crates: crates.filter((name) => needed.some(({ crate }) => crate.test(name))),
  };
}
