import type { BuildPlan } from '../../src/core/build-plan.js';

/** A plan of a small Node.js server, with other values where a test needs them. */
export function buildPlan(changes: Partial<BuildPlan> = {}): BuildPlan {
  return {
    language: 'node',
    languageVersion: { value: '24', constraint: null, source: 'default' },
    bases: [{ build: 'node:24-slim', run: 'node:24-slim' }],
    packageManager: { name: 'npm', version: null },
    lockfile: 'package-lock.json',
    workspaceRoot: '.',
    target: '.',
    aptPackages: { build: [], run: [] },
    tools: [],
    manifests: ['package.json', 'package-lock.json'],
    install: [{ run: ['npm', 'ci'], folder: '.' }],
    build: [],
    prune: [],
    buildEnvironment: {},
    runEnvironment: {},
    caches: [],
    outputs: [{ from: '/app', to: '/app' }],
    workingDirectory: '/app',
    start: ['node', '/app/index.js'],
    args: [],
    transport: { kind: 'stdio' },
    environment: {},
    source: 'package.json bin',
    alternatives: [],
    inputs: [],
    metadata: {
      name: 'small',
      version: null,
      description: null,
      author: null,
      license: null,
      dependencies: {},
    },
    confidence: 1,
    evidence: [],
    rejected: [],
    ...changes,
  };
}
