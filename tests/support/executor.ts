import { randomBytes } from 'node:crypto';
import { afterAll, expect } from 'vitest';
import {
  createDockerExecutor,
  isSlipwayError,
  type DockerExecutor,
  type DockerExecutorOptions,
  type ErrorCode,
  type SlipwayError,
} from '../../src/index.js';
import { containersWithLabel } from './engine-view.js';

export interface TestExecutor {
  readonly executor: DockerExecutor;
  /** Options that mark every container of this suite. */
  readonly mine: { readonly labels: Readonly<Record<string, string>> };
  /** `name=value` of that mark. */
  readonly label: string;
}

/** An executor on the real engine; at the end of the file none of its containers may be left. */
export function testExecutor(options: DockerExecutorOptions = {}): TestExecutor {
  const mark = randomBytes(8).toString('hex');
  const executor = createDockerExecutor(options);
  const label = `slipway.test=${mark}`;
  afterAll(async () => {
    await executor.close();
    expect(await containersWithLabel(label)).toEqual([]);
  });
  return { executor, label, mine: { labels: { 'slipway.test': mark } } };
}

/** The error a call ends in. Fails when it succeeds, or fails with another code. */
export async function errorOf<C extends ErrorCode>(
  code: C,
  call: Promise<unknown>,
): Promise<SlipwayError<C>> {
  const outcome = await call.then(
    (value) => new Error(`it succeeded: ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (isSlipwayError(outcome, code)) return outcome;
  throw new Error(`expected ${code}`, { cause: outcome });
}
