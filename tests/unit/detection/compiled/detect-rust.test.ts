import { describe, expect, it } from 'vitest';
import { detectRust } from '../../../../src/detection/compiled/detect-rust.js';
import { planIn, projectOf, reasonIn } from './project.js';

const PACKAGE = '[package]\nname = "notes-mcp"\nversion = "1.2.0"\nedition = "2024"\n';
const DEPENDENCIES = '[dependencies]\nrmcp = { version = "1.6", features = ["server"] }\n';
const MAIN = 'fn main() { serve(stdio()) }';

describe('detectRust', () => {
  it('installs the one binary, by the lock', async () => {
    const files = { 'Cargo.toml': PACKAGE + DEPENDENCIES, 'Cargo.lock': '', 'src/main.rs': MAIN };
    const plan = planIn(await detectRust(projectOf(files)));

    expect(plan.build).toEqual([
      {
        run: [
          'cargo',
          'install',
          '--path',
          '.',
          '--root',
          '/out',
          '--locked',
          '--bin',
          'notes-mcp',
        ],
        folder: '.',
      },
    ]);
    expect(plan.outputs).toEqual([{ from: '/out/bin/notes-mcp', to: '/usr/local/bin/notes-mcp' }]);
    expect(plan.transport).toEqual({ kind: 'stdio' });
  });

  it('never pairs a build image with a run image of an older Debian', async () => {
    const files = { 'Cargo.toml': PACKAGE + DEPENDENCIES, 'src/main.rs': MAIN };
    const plan = planIn(await detectRust(projectOf(files)));

    const suite = (image: string) => /trixie|bookworm/.exec(image)?.[0];
    expect(plan.bases.length).toBeGreaterThan(0);
    for (const { build, run } of plan.bases) expect(suite(run)).toBe(suite(build));
  });

  it('takes away the toolchain file that would download another Rust', async () => {
    const files = {
      'Cargo.toml': PACKAGE + DEPENDENCIES,
      'rust-toolchain.toml': '[toolchain]\nchannel = "1.89.0"\n',
      'src/main.rs': MAIN,
    };
    const plan = planIn(await detectRust(projectOf(files)));

    expect(plan.build[0]?.run).toEqual(['rm', '-f', 'rust-toolchain.toml']);
    expect(plan.languageVersion.constraint).toBe('1.89.0');
  });

  it('takes the default binary among several, with the features it needs', async () => {
    const manifest = [
      PACKAGE.replace('edition', 'default-run = "serve"\nedition'),
      DEPENDENCIES,
      '[[bin]]\nname = "serve"\npath = "src/bin/serve.rs"\nrequired-features = ["stdio", "tls"]\n',
    ].join('');
    const files = {
      'Cargo.toml': manifest,
      'src/main.rs': 'fn main() {}',
      'src/bin/serve.rs': MAIN,
    };
    const plan = planIn(await detectRust(projectOf(files)));

    expect(plan.start).toEqual(['/usr/local/bin/serve']);
    expect(plan.build.at(-1)?.run.join(' ')).toContain('--features stdio,tls --bin serve');
    expect(plan.rejected.map(({ value }) => value)).toEqual(['notes-mcp']);
  });

  it('finds the member of a workspace that serves, and what it takes from the workspace', async () => {
    const files = {
      'Cargo.toml': [
        '[workspace]\nmembers = ["crates/*"]\n[workspace.package]\nversion = "3.1.0"\n',
        '[workspace.dependencies]\nrmcp = "1.6"\n',
      ].join(''),
      'Cargo.lock': '',
      'crates/core/Cargo.toml': '[package]\nname = "core"\nversion.workspace = true\n',
      'crates/core/src/main.rs': 'fn main() {}',
      'crates/server/Cargo.toml':
        '[package]\nname = "server"\nversion.workspace = true\n[dependencies]\nrmcp.workspace = true\n',
      'crates/server/src/main.rs': MAIN,
    };
    const plan = planIn(await detectRust(projectOf(files)));

    expect(plan).toMatchObject({ workspaceRoot: '.', target: 'crates/server' });
    expect(plan.build[0]?.run).toContain('./crates/server');
    expect(plan.metadata).toMatchObject({ version: '3.1.0', dependencies: { rmcp: '1.6' } });
  });

  it('installs what crates of C code need, to build and to run', async () => {
    const lock = '[[package]]\nname = "openssl-sys"\nversion = "0.9.0"\n';
    const files = {
      'Cargo.toml': PACKAGE + DEPENDENCIES,
      'Cargo.lock': lock,
      'src/main.rs': MAIN,
    };
    const plan = planIn(await detectRust(projectOf(files)));

    expect(plan.aptPackages).toEqual({
      build: ['libssl-dev', 'pkg-config'],
      run: ['ca-certificates', 'libssl3'],
    });
  });

  it('finds the subcommand that serves', async () => {
    const cli = '#[derive(Subcommand)]\nenum Command {\n  Init,\n  Stdio { level: String },\n}\n';
    const files = { 'Cargo.toml': PACKAGE + DEPENDENCIES, 'src/main.rs': MAIN + cli };

    expect(planIn(await detectRust(projectOf(files))).args).toEqual(['stdio']);
  });

  it.each([
    ['no MCP crate', { 'Cargo.toml': PACKAGE, 'src/main.rs': 'fn main() {}' }, /MCP crate/],
    ['no binary', { 'Cargo.toml': PACKAGE + DEPENDENCIES, 'src/lib.rs': '' }, /no binary target/],
  ])('says that a package with %s is no server', async (_, files, reason) => {
    expect(reasonIn(await detectRust(projectOf(files)))).toMatch(reason);
  });

  it('says nothing about a Cargo.toml that is not TOML', async () => {
    expect(await detectRust(projectOf({ 'Cargo.toml': '[package\n' }))).toBeUndefined();
  });
});
