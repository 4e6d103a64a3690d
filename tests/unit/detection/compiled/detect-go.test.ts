import { describe, expect, it } from 'vitest';
import { detectGo } from '../../../../src/detection/compiled/detect-go.js';
import { planIn, projectOf, reasonIn } from './project.js';

const MOD =
  'module example.com/acme/notes\n\ngo 1.24.2\n\nrequire github.com/mark3labs/mcp-go v0.43.2\n';
const SERVER = [
  'package main',
  'import "github.com/mark3labs/mcp-go/server"',
  'func main() { server.ServeStdio(nil) }',
].join('\n');
const TOOL = 'package main\n\nfunc main() {}\n';

describe('detectGo', () => {
  it('builds the root program of a module and calls it as the module is called', async () => {
    const plan = planIn(
      await detectGo(projectOf({ 'go.mod': MOD, 'go.sum': '', 'main.go': SERVER })),
    );

    expect(plan).toMatchObject({
      language: 'go',
      lockfile: 'go.sum',
      manifests: ['go.mod', 'go.sum'],
      install: [{ run: ['go', 'mod', 'download'] }],
      build: [{ run: ['go', 'build', '-o', '/out/notes', '.'], folder: '.' }],
      outputs: [{ from: '/out/notes', to: '/usr/local/bin/notes' }],
      start: ['/usr/local/bin/notes'],
      transport: { kind: 'stdio' },
    });
    expect(plan.buildEnvironment).toMatchObject({ CGO_ENABLED: '0', GOTOOLCHAIN: 'auto' });
  });

  it('offers no image whose Go is older than the module asks for, and the newest first', async () => {
    const plan = planIn(await detectGo(projectOf({ 'go.mod': MOD, 'main.go': SERVER })));

    const lines = plan.bases.map(({ build }) => build);
    expect(lines[0]).toBe(`golang:${plan.languageVersion.value}-bookworm`);
    expect(lines).not.toContain('golang:1.23-bookworm');
  });

  it('asks for a Go that is newer than all that are known by its own name', async () => {
    const mod = MOD.replace('go 1.24.2', 'go 1.99');
    const plan = planIn(await detectGo(projectOf({ 'go.mod': mod, 'main.go': SERVER })));

    expect(plan.bases[0]?.build).toBe('golang:1.99-bookworm');
  });

  it('takes the program that serves among several, and says which it did not take', async () => {
    const files = {
      'go.mod': MOD,
      'cmd/notes-mcp-server/main.go': SERVER,
      'cmd/generate/main.go': TOOL,
      'examples/demo/main.go': SERVER,
    };
    const plan = planIn(await detectGo(projectOf(files)));

    expect(plan.build[0]?.run.at(-1)).toBe('./cmd/notes-mcp-server');
    expect(plan.rejected.map(({ value }) => value)).toEqual(['cmd/generate']);
  });

  it('follows a program into the package of its module that serves', async () => {
    const main =
      'package main\nimport "example.com/acme/notes/pkg/serve"\nfunc main() { serve.Run() }';
    const files = {
      'go.mod': MOD,
      'cmd/a/main.go': TOOL,
      'cmd/z/main.go': main,
      'pkg/serve/serve.go': SERVER.replace('package main', 'package serve'),
    };
    const plan = planIn(await detectGo(projectOf(files)));

    expect(plan.start).toEqual(['/usr/local/bin/z']);
  });

  it.each([
    ['a cobra command', '\nvar c = &cobra.Command{ Use: "stdio" }', ['stdio']],
    [
      'a default that is HTTP',
      '\nvar t = flag.String("transport", "sse", "how")',
      ['--transport', 'stdio'],
    ],
    ['a default that is stdio', '\nvar t = flag.String("transport", "stdio", "how")', []],
  ])('reads from %s what makes the program serve over stdio', async (_, code, args) => {
    const files = { 'go.mod': MOD, 'main.go': SERVER + code };
    const plan = planIn(await detectGo(projectOf(files)));

    expect(plan.args).toEqual(args);
  });

  it('takes the subcommand of the README, and leaves what is the user’s own', async () => {
    const start = {
      command: 'docker',
      args: ['run', '-i', '-e', 'TOKEN', 'ghcr.io/acme/notes', 'stdio', '/path/to/folder'],
      environment: ['TOKEN'],
      source: 'README.md',
      transport: null,
    };
    const project = projectOf(
      { 'go.mod': MOD, 'main.go': SERVER },
      { hints: { starts: [start], inputs: [] } },
    );
    const plan = planIn(await detectGo(project));

    expect(plan.args).toEqual(['stdio']);
    expect(plan.alternatives.map(({ args }) => args)).toEqual([[]]);
  });

  it('serves HTTP where there is nothing else, at the port and path of the code', async () => {
    const http = SERVER.replace('ServeStdio(nil)', 'NewStreamableHTTPServer(nil).Start(":9123")');
    const plan = planIn(await detectGo(projectOf({ 'go.mod': MOD, 'main.go': http })));

    expect(plan.transport).toEqual({ kind: 'http', port: 9123, path: '/mcp' });
  });

  it('turns cgo on for packages that are C', async () => {
    const mod = `${MOD}require github.com/mattn/go-sqlite3 v1.14.24\n`;
    const plan = planIn(await detectGo(projectOf({ 'go.mod': mod, 'main.go': SERVER })));

    expect(plan.buildEnvironment['CGO_ENABLED']).toBe('1');
  });

  it('copies everything first when a module on disk takes part', async () => {
    const mod = `${MOD}replace example.com/acme/lib => ../lib\n`;
    const files = { 'app/go.mod': mod, 'app/main.go': SERVER, 'lib/go.mod': 'module x\n' };
    const plan = planIn(await detectGo(projectOf(files, { folder: 'app' })));

    expect(plan).toMatchObject({ workspaceRoot: '.', target: 'app', manifests: [], install: [] });
    expect(plan.build[0]?.folder).toBe('app');
  });

  it('names the arguments and variables without which the program ends', async () => {
    const code = [
      SERVER,
      'var token = os.Getenv("NOTES_TOKEN")',
      'func check() { if token == "" { log.Fatal("NOTES_TOKEN is required") } }',
      'func usage() { fmt.Fprintf(os.Stderr, "Usage: %s <folder>\\n", os.Args[0]) }',
      'var region = os.Getenv("NOTES_REGION")',
    ].join('\n');
    const plan = planIn(await detectGo(projectOf({ 'go.mod': MOD, 'main.go': code })));

    const required = plan.inputs.filter((input) => input.required).map(({ name }) => name);
    expect(required.toSorted()).toEqual(['NOTES_TOKEN', 'folder']);
    expect(plan.inputs.find(({ name }) => name === 'NOTES_TOKEN')?.secret).toBe(true);
    expect(plan.inputs.map(({ name }) => name)).toContain('NOTES_REGION');
  });

  it.each([
    ['has no MCP library', { 'go.mod': 'module x\ngo 1.24\n', 'main.go': TOOL }, /no MCP library/],
    [
      'is a library',
      { 'go.mod': MOD, 'notes.go': 'package notes\n', 'examples/a/main.go': SERVER },
      /library/,
    ],
  ])('says that a module is no server when it %s', async (_, files, reason) => {
    expect(reasonIn(await detectGo(projectOf(files)))).toMatch(reason);
  });

  it('says nothing about a folder without go.mod', async () => {
    expect(await detectGo(projectOf({ 'main.go': SERVER }))).toBeUndefined();
  });

  it('keeps a hostile module name out of paths', async () => {
    const mod = MOD.replace('example.com/acme/notes', 'example.com/";rm${IFS}-rf;"');
    const plan = planIn(await detectGo(projectOf({ 'go.mod': mod, 'main.go': SERVER })));

    expect(plan.start[0]).toMatch(/^\/usr\/local\/bin\/[A-Za-z0-9._-]+$/);
  });
});
