/** A run in a container that was parked: its program is told to the shell that waits in there. */
import { randomBytes } from 'node:crypto';
import { LATE, within } from '../../core/deadline.js';
import { isSlipwayError } from '../../core/errors.js';
import type { Launch, Launched, LaunchListener, ProgramReport } from '../launch.js';
import { engineLost, engineTimeout } from '../map-error.js';
import type { ContainerSpec, OutputStream, RunOutcome, RunPath } from '../ports.js';
import { shellFailure } from '../start-failure.js';
import { StderrHead } from '../stderr-head.js';
import { markerOf, programLine, WORD } from './boot.js';
import { fit } from './fit.js';
import { MarkerScanner } from './marker-scanner.js';
import type { ParkedContainer } from './parked-container.js';
import type { ParkedPlan } from './plan.js';

/** The program did not run, for a reason that a container of its own does not have. */
export class NotServedError extends Error {}

const STARTING = 'start program in parked container';
const UNFIT = 'its program, folder or files are not as a parked container needs them';
const REFUSED = 'the engine did not change its limits or take its files';
const SPOILT = 'the parked container did not only wait';
const ENDED = 'the parked container had ended';

export interface ParkedLaunchParts {
  readonly parked: ParkedContainer;
  readonly spec: ContainerSpec;
  readonly plan: ParkedPlan;
  /** Takes over the removal of a container that nobody waits for. */
  readonly remove: () => void;
}

export class ParkedLaunch implements Launch {
  readonly path: RunPath = { kind: 'parked', reason: null };
  readonly #parts: ParkedLaunchParts;
  readonly #words = new Words();
  readonly #stderrHead = new StderrHead();

  constructor(parts: ParkedLaunchParts) {
    this.#parts = parts;
  }

  /** @throws {NotServedError} call `remove` then, as after every failure; the program did not run */
  async start(listener: LaunchListener, signal?: AbortSignal): Promise<Launched> {
    const { parked, spec, plan } = this.#parts;
    listener.phase('start');
    const nonce = randomBytes(16).toString('hex');
    const line = programLine({ nonce, plan, spec });
    if (line === undefined) throw new NotServedError('the command, environment or files are long');
    await fit(parked, spec, plan.filesByEngine).catch((error: unknown) => {
      throw isSlipwayError(error, 'ENGINE_ERROR') ? new NotServedError(REFUSED) : error;
    });
    signal?.throwIfAborted();
    // What it writes from here on is output.
    if (parked.failure !== undefined) throw new NotServedError(SPOILT);
    const flush = this.#scan(nonce, listener);
    listener.created(parked.id, parked.spec.name);
    parked.output.write(line);
    if (spec.stdin !== undefined) {
      parked.output.write(spec.stdin);
      parked.output.closeInput();
    }
    await this.#untilStarted(flush);
    const report = this.#words.ended.then(async (end) => ({ ...end, facts: await parked.facts }));
    const exited = async (): ReturnType<Launched['exited']> => {
      const end = await parked.exited;
      flush();
      return end;
    };
    return { id: parked.id, output: parked.output, exited, report };
  }

  failure(exitCode: number): Error | undefined {
    const { spec, plan } = this.#parts;
    return shellFailure(exitCode, this.#stderrHead.text, spec, plan.argv[0] ?? '');
  }

  /** Nobody waits for the removal of a container that told how its program ended. */
  async remove(deadlineMs: number, told: boolean): Promise<RunOutcome['cleanup']> {
    const { parked, remove } = this.#parts;
    if (!told) return parked.remove(deadlineMs);
    remove();
    return 'removing';
  }

  /** The output is the program's from now on, but for the words of the shell. */
  #scan(nonce: string, listener: LaunchListener): () => void {
    const scanners = new Map<OutputStream, MarkerScanner>();
    for (const stream of ['stdout', 'stderr'] as const) {
      const scanner = new MarkerScanner(markerOf(nonce), {
        bytes: (chunk) => {
          this.#stderrHead.hear(stream, chunk);
          listener.output(stream, chunk);
        },
        word: (word) => {
          if (this.#words.hear(stream, word)) scanner.close();
        },
      });
      scanners.set(stream, scanner);
    }
    this.#parts.parked.relay.handTo({
      output: (stream, chunk) => scanners.get(stream)?.push(chunk),
      broken: (error) => listener.broken(error),
    });
    return () => scanners.forEach((scanner) => scanner.flush());
  }

  /** Before its first word nothing of the program has run. */
  async #untilStarted(flush: () => void): Promise<void> {
    const { transport, exited, output } = this.#parts.parked;
    const gone = exited.then(
      async ({ interrupted }) => {
        await output.drain();
        return interrupted || output.incomplete ? 'lost' : this.#words.heard;
      },
      () => 'lost' as const,
    );
    const { killMs } = transport.deadlines;
    const heard = await within(Promise.race([this.#words.first, gone]), killMs);
    if (heard === LATE) throw engineTimeout(STARTING, killMs);
    if (heard === 'lost') throw engineLost(STARTING, new Error('it is not known whether it ran'));
    if (heard === 'started') return;
    flush();
    throw new NotServedError(heard === 'refused' ? UNFIT : ENDED);
  }
}

/** What the shell says in the course of one run. */
class Words {
  readonly first: Promise<'started' | 'refused'>;
  readonly ended: Promise<Omit<ProgramReport, 'facts'>>;
  heard: 'started' | 'refused' | undefined;
  #resolveFirst: (word: 'started' | 'refused') => void = () => undefined;
  #resolveEnded: (end: Omit<ProgramReport, 'facts'>) => void = () => undefined;
  #end: Omit<ProgramReport, 'facts'> | undefined;
  #stderrEnded = false;

  constructor() {
    this.first = new Promise((resolve) => (this.#resolveFirst = resolve));
    this.ended = new Promise((resolve) => (this.#resolveEnded = resolve));
  }

  /** @returns whether the stream is over with it */
  hear(stream: OutputStream, word: string): boolean {
    if (stream === 'stderr') this.#stderrEnded ||= word === WORD.ended;
    else this.#hearStdout(word);
    if (this.#end !== undefined && this.#stderrEnded) this.#resolveEnded(this.#end);
    return stream === 'stderr' ? this.#stderrEnded : this.#end !== undefined;
  }

  #hearStdout(word: string): void {
    if (word === WORD.started || word === WORD.refused) {
      this.heard = word === WORD.started ? 'started' : 'refused';
      this.#resolveFirst(this.heard);
      return;
    }
    const [, code, kills] = /^E(\d{1,3}) (\d+|\?)$/.exec(word) ?? [];
    if (code === undefined || kills === undefined) return;
    this.#end = { exitCode: Number(code), oomKills: kills === '?' ? undefined : Number(kills) };
  }
}
