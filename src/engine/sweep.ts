/**
 * One look at an engine for what nobody needs any more, and its removal.
 *
 * Only things that prove by their signature, under the very name they bear, that this
 * installation made them. Whether their owner lives is asked of the machine; where that cannot be
 * told, their deadline is compared with the engine's clock. The owner is asked first: what a
 * living process runs is never touched, whatever a clock that was moved seems to say.
 */
import { removeContainer } from './container-calls.js';
import { containerName } from './container-list.js';
import type { EngineClock } from './engine-clock.js';
import { ownerState } from './instance.js';
import { LABEL, verifyLabels, type Ownership } from './labels.js';
import { hasStatus } from './map-error.js';
import { removeImage } from './remove-image.js';
import { info as infoReply, listed, listedImages, listedVolumes, readReply } from './replies.js';
import type { Transport } from './transport.js';

export interface SweepDependencies {
  readonly transport: Transport;
  /** Verifies labels. */
  readonly key: Uint8Array;
  /** Set by each sweep. */
  readonly clock: EngineClock;
}

/** What a sweep found and did. Names are those of {@link Ownership}. */
export interface Swept {
  /** Containers and images of this installation, whoever owns them, before anything was removed. */
  readonly found: ReadonlySet<string>;
  readonly removed: readonly string[];
  readonly failed: readonly { readonly name: string; readonly error: unknown }[];
}

/**
 * @param abandoned names of our own process that are to go although it lives
 * @throws {SlipwayError} when the engine cannot be asked, and the reason of `signal`
 */
export async function sweep(
  dependencies: SweepDependencies,
  abandoned: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Swept> {
  const { transport, clock } = dependencies;
  // Before the containers: one that is listed first was not made after them.
  const volumes = await ownVolumes(dependencies, signal);
  // An image can only be removed once no container uses it.
  const things = [
    ...(await containers(dependencies, signal)),
    ...(await images(dependencies, signal)),
  ];
  clock.set(await systemTime(transport, signal));
  // Once: our own clock may be moved while things are removed.
  const engineNow = clock.now();
  const removed: string[] = [];
  const failed: { name: string; error: unknown }[] = [];
  for (const { owned, remove } of things) {
    if (!abandoned.has(owned.name) && !isLeftOver(owned, engineNow)) continue;
    signal.throwIfAborted();
    await remove().then(
      () => removed.push(owned.name),
      (error: unknown) => failed.push({ name: owned.name, error }),
    );
  }
  const found = new Set(things.map(({ owned }) => owned.name));
  for (const { name, container } of volumes) {
    if (found.has(container)) continue;
    signal.throwIfAborted();
    await removeVolume(transport, name).then(
      (gone) => gone && removed.push(name),
      (error: unknown) => failed.push({ name, error }),
    );
  }
  return { found, removed, failed };
}

/** Something on the engine with the proof that it is ours. */
interface OwnedThing {
  readonly owned: Ownership;
  readonly remove: () => Promise<void>;
}

/** In whatever state: one that was only created is left over as well. */
async function containers(
  { transport, key }: SweepDependencies,
  signal: AbortSignal,
): Promise<readonly OwnedThing[]> {
  const reply = await list(transport, '/containers/json', { all: true }, signal);
  return readReply(listed, reply, 'list containers').flatMap((container) => {
    const owned = verifyLabels(key, containerName(container.Names), container.Labels);
    if (owned?.kind !== 'run') return [];
    return [{ owned, remove: () => removeContainer(transport, container.Id) }];
  });
}

/** By tag: what else an image is called is not ours. */
async function images(
  { transport, key }: SweepDependencies,
  signal: AbortSignal,
): Promise<readonly OwnedThing[]> {
  const reply = await list(transport, '/images/json', {}, signal);
  return readReply(listedImages, reply, 'list images').flatMap((image) =>
    image.RepoTags.flatMap((tag) => {
      const owned = verifyLabels(key, ownTag(tag), image.Labels);
      if (owned?.kind !== 'image') return [];
      return [{ owned, remove: () => removeImage(transport, tag) }];
    }),
  );
}

interface OwnVolume {
  readonly name: string;
  /** The name of the one it was made for. */
  readonly container: string;
}

/**
 * Volumes that were made with a container, and are removed with it: by an engine that is stopped
 * meanwhile not always, though it says so.
 */
async function ownVolumes(
  { transport, key }: SweepDependencies,
  signal: AbortSignal,
): Promise<readonly OwnVolume[]> {
  const reply = await list(transport, '/volumes', {}, signal);
  return readReply(listedVolumes, reply, 'list volumes').Volumes.flatMap((volume) => {
    const container = volume.Labels[LABEL.name] ?? '';
    const owned = verifyLabels(key, container, volume.Labels);
    return owned?.kind === 'run' ? [{ name: volume.Name, container }] : [];
  });
}

/** @returns false for one that a container uses, also one that is only being created */
async function removeVolume(transport: Transport, name: string): Promise<boolean> {
  try {
    await transport.json({
      method: 'DELETE',
      path: `/volumes/${encodeURIComponent(name)}`,
      operation: 'remove volume',
      deadlineMs: transport.deadlines.changeMs,
    });
    return true;
  } catch (error) {
    if (hasStatus(error, 404, 409)) return false;
    throw error;
  }
}

function list(
  transport: Transport,
  path: string,
  query: Readonly<Record<string, boolean>>,
  signal: AbortSignal,
): Promise<unknown> {
  return transport.json({
    method: 'GET',
    path,
    operation: `GET ${path}`,
    query: { ...query, filters: JSON.stringify({ label: [LABEL.signature] }) },
    deadlineMs: transport.deadlines.queryMs,
    signal,
  });
}

/** Podman writes the default registry out. */
function ownTag(tag: string): string {
  return tag.replace(/^(?:docker\.io\/library|localhost)\//, '');
}

async function systemTime(transport: Transport, signal: AbortSignal): Promise<string> {
  const operation = 'GET /info';
  const { queryMs: deadlineMs } = transport.deadlines;
  const reply = await transport.json({
    method: 'GET',
    path: '/info',
    operation,
    deadlineMs,
    signal,
  });
  return readReply(infoReply, reply, operation).SystemTime;
}

/** @param engineNow milliseconds since 1970 by the engine; undefined when it never told */
function isLeftOver(owned: Ownership, engineNow = Number.NEGATIVE_INFINITY): boolean {
  switch (ownerState(owned.instance)) {
    case 'alive':
      return false;
    case 'dead':
      return true;
    case 'unknown':
      return owned.deadline < engineNow;
  }
}
