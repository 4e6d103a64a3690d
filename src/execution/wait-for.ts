/** Waiting until a container has written a line, is healthy, or has ended. */
import { z } from 'zod';
import { deadline, delay } from '../core/deadline.js';
import { SlipwayError, type WaitFailure } from '../core/errors.js';
import { linkSignals } from '../core/link-signals.js';
import { parseOptions, quoteValue } from '../core/options.js';
import { formatDuration } from '../core/units.js';
import type { Engine, OutputStream } from '../engine/ports.js';
import { parseContainer } from './find-container.js';
import { LineMatcher } from './line-matcher.js';
import { observed, withText, type ObserveDependencies } from './observe.js';
import type {
  ExitedContainer,
  HealthyContainer,
  LogEntry,
  MatchedLine,
  WaitCondition,
  WaitOptions,
} from './observe-types.js';

/** Milliseconds between two looks at the health. The engine itself checks once a second or less. */
const LOOK_MS = 100;

/** Engines split longer lines of a log into parts of this size. */
const PART_BYTES = 16_384;

const RULE = 'must be one of { logLine }, { healthy: true } and { exited: true }';

const condition = z
  .strictObject({
    logLine: z
      .union(
        [z.string().min(1, 'must not be empty'), z.instanceof(RegExp)],
        'must be a text or a regular expression',
      )
      .optional(),
    stream: z.enum(['stdout', 'stderr'], 'must be "stdout" or "stderr"').optional(),
    healthy: z.literal(true, 'must be true').optional(),
    exited: z.literal(true, 'must be true').optional(),
  })
  .refine(
    ({ logLine, healthy, exited }) =>
      [logLine, healthy, exited].filter((one) => one !== undefined).length === 1,
    RULE,
  )
  .refine(
    ({ logLine, stream }) => stream === undefined || logLine !== undefined,
    'must name a stream only with a logLine',
  );

const waitOptions = z.strictObject({
  timeoutMs: z
    .int('must be a whole number of milliseconds')
    .min(1, 'must be at least 1 ms')
    .max(3_600_000, 'must be at most 3600000 ms')
    .default(60_000),
  signal: z.instanceof(AbortSignal).optional(),
});

/** See `DockerExecutor.waitFor`. */
export async function waitForCondition(
  dependencies: ObserveDependencies,
  nameOrId: string,
  wanted: WaitCondition,
  options: WaitOptions,
): Promise<MatchedLine | HealthyContainer | ExitedContainer> {
  dependencies.refuseClosed('waitFor');
  const asked = parseContainer(nameOrId);
  const { logLine, stream, healthy } = parseOptions(condition, wanted, 'condition');
  const { timeoutMs, signal } = parseOptions(waitOptions, options, 'options');
  const wait = new Wait(asked, timeoutMs);
  const { signal: ended, release } = linkSignals(wait.signal, dependencies.closing, signal);
  try {
    const { engine, id } = await observed(dependencies, asked, ended);
    if (logLine !== undefined) return await wait.forLine(engine, id, { logLine, stream, ended });
    if (healthy === true) return await wait.forHealth(engine, id, ended);
    return await wait.forExit(engine, id, ended);
  } finally {
    wait.over();
    release();
  }
}

interface LineWait {
  readonly logLine: string | RegExp;
  readonly stream: OutputStream | undefined;
  readonly ended: AbortSignal;
}

/** One wait, with what it has seen so far: a failure tells it. */
class Wait {
  readonly signal: AbortSignal;
  readonly over: () => void;
  readonly #container: string;
  #lastLine = '';
  #healthOutput = '';

  constructor(container: string, timeoutMs: number) {
    this.#container = container;
    const limit = deadline(timeoutMs, () =>
      this.#failure('timeout', `did not get there within ${formatDuration(timeoutMs)}`),
    );
    this.signal = limit.signal;
    this.over = limit.clear;
  }

  async forLine(engine: Engine, id: string, wait: LineWait): Promise<MatchedLine> {
    const { ended: signal } = wait;
    // Engines lose lines for a follower when they change log files under it: the second look is
    // at what they kept.
    for (const follow of [true, false]) {
      const log = engine.containers.logs(id, { follow, signal });
      const found = await this.#lineIn(withText(log), wait);
      if (found !== undefined) return { containerId: id, ...found };
    }
    throw this.#ended(await engine.containers.exited(id, signal));
  }

  async #lineIn(
    entries: AsyncIterable<LogEntry>,
    { logLine, stream: only }: LineWait,
  ): Promise<Omit<MatchedLine, 'containerId'> | undefined> {
    const matcher = new LineMatcher(logLine);
    for await (const { stream, data, text, timestamp } of entries) {
      if (only !== undefined && only !== stream) continue;
      // Docker 20.10 leaves the end of a line out when the line had to be split.
      const isLastPart = timestamp !== null && data.byteLength < PART_BYTES && !text.endsWith('\n');
      const line = matcher.push(stream, isLastPart ? `${text}\n` : text);
      if (line !== undefined) return { line, stream, timestamp };
      this.#lastLine = matcher.lastLine;
    }
    const [last] = matcher.end();
    this.#lastLine = matcher.lastLine;
    return last === undefined ? undefined : { ...last, timestamp: null };
  }

  async forHealth(engine: Engine, id: string, signal: AbortSignal): Promise<HealthyContainer> {
    for (;;) {
      const state = await engine.containers.state(id, signal);
      if (state?.running !== true) throw this.#ended(state?.exitCode ?? null);
      this.#healthOutput = state.healthOutput;
      if (state.health === 'healthy') return { containerId: id };
      if (state.health === 'unhealthy') throw this.#failure('unhealthy', 'is unhealthy');
      if (state.health === 'none') throw this.#failure('no_health_check', 'has no health check');
      await delay(LOOK_MS, signal);
    }
  }

  async forExit(engine: Engine, id: string, ended: AbortSignal): Promise<ExitedContainer> {
    const exitCode = await engine.containers.exited(id, ended);
    if (exitCode === null) throw this.#ended(null);
    return { containerId: id, exitCode };
  }

  #ended(exitCode: number | null): SlipwayError<'WAIT_FAILED'> {
    return exitCode === null
      ? this.#failure('removed', 'is not there any more')
      : this.#failure('exited', `ended with exit code ${exitCode}`, exitCode);
  }

  #failure(
    reason: WaitFailure,
    what: string,
    exitCode: number | null = null,
  ): SlipwayError<'WAIT_FAILED'> {
    const last = this.#lastLine === '' ? '' : ` Its last line: ${quoteValue(this.#lastLine)}.`;
    const check = this.#healthOutput === '' ? '' : ` Its check: ${quoteValue(this.#healthOutput)}.`;
    return new SlipwayError('WAIT_FAILED', {
      message: `The container ${this.#container} ${what}.${last}${check}`,
      hint: HINTS[reason],
      context: { container: this.#container, reason, exitCode },
    });
  }
}

const HINTS: Readonly<Record<WaitFailure, string>> = {
  timeout: 'Read its log to see how far it got, or wait longer (timeoutMs).',
  exited: 'Read its log to see why it ended.',
  removed: 'It was stopped, or its deadline passed. Start it again.',
  unhealthy: 'Read its log, and check the command of its health check.',
  no_health_check: 'Start it with the option healthCheck, or wait for a line of its log.',
};
