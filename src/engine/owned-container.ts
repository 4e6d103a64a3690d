/**
 * One container that Slipway makes: creation, files, start and removal, with somebody told of it
 * all the while. What happens between start and removal is for `run-container.ts` and
 * `start-container.ts`.
 */
import { isSlipwayError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { removeContainer } from './container-calls.js';
import { putFiles } from './container-files.js';
import { createBody } from './create-body.js';
import type { Custody } from './custody.js';
import { isLeaving, refusedOrLeaving } from './engine-leaving.js';
import { LABEL } from './labels.js';
import { longCall } from './long-call.js';
import { hasStatus } from './map-error.js';
import type { ContainerSpec, EngineFacts } from './ports.js';
import { created, readReply } from './replies.js';
import { refuseDiscardedLimits } from './run-verdict.js';
import { createFailure, startFailure } from './start-failure.js';
import type { EngineCall, Transport } from './transport.js';

export interface OwnedContainerDependencies {
  readonly transport: Transport;
  readonly logger: Logger;
  readonly flavor: EngineFacts['flavor'];
  /** Hears of every container, from before it is made until it is gone. */
  readonly custody: Custody;
}

export class OwnedContainer {
  readonly #transport: Transport;
  readonly #logger: Logger;
  readonly #flavor: EngineFacts['flavor'];
  readonly #custody: Custody;
  readonly #spec: ContainerSpec;
  #id: string | undefined;
  /** Nobody heard whether it was created: it may still be. */
  #mayAppear = false;

  constructor(dependencies: OwnedContainerDependencies, spec: ContainerSpec) {
    this.#transport = dependencies.transport;
    this.#logger = dependencies.logger;
    this.#flavor = dependencies.flavor;
    this.#custody = dependencies.custody;
    this.#spec = spec;
  }

  /**
   * Creates it and puts its files in. Not abortable: an aborted create leaves its container
   * behind all the same.
   *
   * @param onCreated hears the id before anything else can fail
   * @throws {SlipwayError} call `remove` then, as after every failure
   */
  async create(onCreated: (id: string) => void = () => undefined): Promise<string> {
    const operation = 'create container';
    const { name, owner, imageName } = this.#spec;
    const signed = this.#custody.claim({ kind: 'run', name, owner });
    const ownership = { ...signed, [LABEL.image]: imageName };
    const reply = await this.#ask({
      method: 'POST',
      path: '/containers/create',
      operation,
      query: { name },
      json: createBody(this.#spec, ownership, this.#flavor),
      deadlineMs: this.#transport.deadlines.changeMs,
    }).catch((error: unknown) => {
      this.#mayAppear = unanswered(error);
      throw createFailure(error, this.#spec);
    });
    const { Id: id, Warnings: warnings } = readReply(created, reply, operation);
    this.#id = id;
    this.#custody.made(name);
    onCreated(id);
    refuseDiscardedLimits(warnings);
    const { archiveMs } = this.#transport.deadlines;
    await putFiles((call) => this.#ask({ ...call, deadlineMs: archiveMs }), id, this.#spec);
    return id;
  }

  async start(id: string): Promise<void> {
    await this.#ask({
      method: 'POST',
      path: `/containers/${id}/start`,
      operation: 'start container',
      deadlineMs: this.#transport.deadlines.changeMs,
    }).catch((error: unknown) => {
      // It runs already: all that was wanted.
      if (!hasStatus(error, 304)) throw startFailure(error, this.#spec);
    });
  }

  /** By name when create did not answer: the container may be there all the same. */
  async remove(deadlineMs = this.#transport.deadlines.changeMs): Promise<'removed' | 'pending'> {
    const { name } = this.#spec;
    try {
      await removeContainer(this.#transport, this.#id ?? name, deadlineMs);
      if (this.#mayAppear) throw new Error('it may still be created');
      await this.#refuseLeaving();
      this.#custody.release(name);
      return 'removed';
    } catch (error) {
      this.#custody.abandon(name);
      this.#logger.error('run.cleanup_pending', { container: name, error: String(error) });
      return 'pending';
    }
  }

  /** One that is being stopped says that it removed the volumes too, and did not. */
  async #refuseLeaving(): Promise<void> {
    const { volumes } = this.#spec;
    if (volumes.length === 0 || !(await isLeaving(this.#transport))) return;
    throw new Error('the engine was stopped meanwhile');
  }

  async #ask(call: EngineCall): Promise<unknown> {
    try {
      return await longCall(this.#transport, call);
    } catch (error) {
      throw await refusedOrLeaving(this.#transport, call.operation, error);
    }
  }
}

function unanswered(error: unknown): boolean {
  return isSlipwayError(error, 'ENGINE_TIMEOUT') || isSlipwayError(error, 'ENGINE_LOST');
}
