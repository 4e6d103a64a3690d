import { expect } from 'vitest';
import type { DockerExecutionConfig, DockerExecutionResult } from '../../src/index.js';
import type { TestExecutor } from './executor.js';

export const BUSYBOX = 'busybox:1.36';
export const PYTHON = 'python:3.13-slim';
/** What a result says of its path when its container had waited. */
export const PARKED = { kind: 'parked', reason: null };

type Program = Pick<DockerExecutionConfig, 'command'>;

export function sh(script: string): Program {
  return { command: ['sh', '-c', script] };
}

/** Runs it in a container that waits already. */
export async function runParked(
  { executor, mine }: TestExecutor,
  config: Partial<DockerExecutionConfig> & Program,
): Promise<DockerExecutionResult> {
  const run = { image: BUSYBOX, ...mine, ...config };
  expect(await executor.park(run)).toEqual({ waiting: 1, reason: null });
  const result = await executor.executeContainer(run);
  expect(result.path).toEqual(PARKED);
  return result;
}
