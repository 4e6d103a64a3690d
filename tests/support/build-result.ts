import type { BuildResult } from '../../src/build/types.js';
import type { ProbeResult } from '../../src/probe/types.js';
import { buildPlan } from './build-plan.js';

/** What a probe says of a server that works, apart from `differences`. */
export function probeResultOf(differences: Partial<ProbeResult> = {}): ProbeResult {
  return {
    status: 'works',
    era: 'initialize',
    protocolVersion: '2025-11-25',
    transport: { kind: 'stdio' },
    tools: [
      { name: 'greet', description: 'Says hello.' },
      { name: 'part', description: null },
    ],
    missing: [],
    reason: null,
    stderrTail: 'ready\n',
    serverInfo: { name: 'small', version: '1' },
    start: 0,
    tried: [],
    durationMs: 300,
    ...differences,
  };
}

/** The result of a build that works, apart from `differences`. */
export function buildResultOf(differences: Partial<BuildResult> = {}): BuildResult {
  return {
    status: 'works',
    imageTag: 'mcp-small:latest',
    imageId: `sha256:${'a'.repeat(64)}`,
    digest: null,
    size: 1024 * 1024,
    buildTime: 1500,
    cached: false,
    plan: buildPlan(),
    source: { kind: 'generated', language: 'node' },
    dockerfile: 'FROM node:24-slim\n',
    metadata: buildPlan().metadata,
    inputs: [],
    probe: probeResultOf(),
    warnings: ['Something to know.'],
    ...differences,
  };
}
