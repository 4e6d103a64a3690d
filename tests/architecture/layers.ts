/**
 * The layers of `src` as data. A layer may import itself, the layers named here, and the
 * packages named here; nothing else.
 */
export interface Layer {
  readonly imports: readonly string[];
  /** Packages only this layer may import. `zod` is everybody's. */
  readonly packages: readonly string[];
}

const ENGINE_LEVEL = ['engine', 'git', 'logging', 'templates', 'detection'] as const;
const WORK_LEVEL = ['execution', 'build', 'probe'] as const;

const belowEngine = ['core', 'policy'];
const belowWork = [...belowEngine, ...ENGINE_LEVEL];
const belowTools = [...belowWork, ...WORK_LEVEL];

export const LAYERS: Readonly<Record<string, Layer>> = {
  core: { imports: [], packages: [] },
  policy: { imports: ['core'], packages: [] },
  engine: {
    imports: belowEngine,
    packages: ['dockerode', 'tar-stream', 'protobufjs', '@grpc/grpc-js'],
  },
  git: { imports: belowEngine, packages: ['simple-git'] },
  logging: { imports: belowEngine, packages: ['winston'] },
  templates: { imports: belowEngine, packages: ['handlebars'] },
  detection: {
    imports: belowEngine,
    packages: ['yaml', 'smol-toml', 'semver', 'jsonc-parser', 'fast-xml-parser'],
  },
  execution: { imports: belowWork, packages: [] },
  build: { imports: [...belowWork, 'probe'], packages: [] },
  probe: { imports: belowWork, packages: [] },
  tools: { imports: belowTools, packages: [] },
  mcp: { imports: [...belowTools, 'tools'], packages: ['@modelcontextprotocol/server'] },
  cli: { imports: [...belowTools, 'tools'], packages: ['commander'] },
  bin: {
    imports: [...belowTools, 'tools', 'mcp', 'cli', 'create.ts', 'create-builder.ts'],
    packages: [],
  },
  'create.ts': { imports: belowTools, packages: [] },
  'create-builder.ts': { imports: [...belowTools, 'create.ts'], packages: [] },
  'convenience.ts': { imports: [...belowTools, 'create.ts'], packages: [] },
  'index.ts': {
    imports: [...belowTools, 'create.ts', 'create-builder.ts', 'convenience.ts'],
    packages: [],
  },
};

/** Layers without I/O: they import no Node module but these. The policy reads its own file. */
export const PURE: Readonly<Record<string, readonly string[]>> = {
  core: [],
  policy: ['node:fs/promises'],
};

export interface Import {
  /** Path from `src`, with `/`. */
  readonly file: string;
  /** As written. */
  readonly specifier: string;
}

const EVERYBODY = ['zod'];

/** Every import that breaks a rule, as `file imports specifier: rule`. */
export function brokenImports(imports: readonly Import[]): readonly string[] {
  return imports.flatMap((one) => {
    const rule = brokenRule(one);
    return rule === undefined ? [] : [`${one.file} imports ${one.specifier}: ${rule}`];
  });
}

function brokenRule({ file, specifier }: Import): string | undefined {
  const from = layerOf(file);
  const layer = LAYERS[from];
  if (layer === undefined) return `src/${from} is not a layer of the table`;
  if (specifier.startsWith('node:')) {
    const permitted = PURE[from];
    return permitted === undefined || permitted.includes(specifier)
      ? undefined
      : `${from} does no I/O`;
  }
  if (!specifier.startsWith('.')) return packageRule(from, layer, specifier);
  const to = layerOf(resolve(file, specifier));
  if (to === from || layer.imports.includes(to)) return undefined;
  return to === '..' ? 'outside of src' : `${from} must not import ${to}`;
}

function packageRule(from: string, layer: Layer, specifier: string): string | undefined {
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  if (EVERYBODY.includes(name) || layer.packages.includes(name)) return undefined;
  const owners = Object.entries(LAYERS)
    .filter(([, other]) => other.packages.includes(name))
    .map(([owner]) => owner);
  return `${name} belongs to ${owners.join(' and ') || 'no layer'}, not to ${from}`;
}

function layerOf(file: string): string {
  return file.split('/')[0] ?? file;
}

function resolve(file: string, specifier: string): string {
  const parts = file.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '.') continue;
    if (part === '..') {
      if (parts.length === 0) return '..';
      parts.pop();
    } else parts.push(part.replace(/\.js$/, '.ts'));
  }
  return parts.join('/');
}
