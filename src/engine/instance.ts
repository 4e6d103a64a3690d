/**
 * The instance label: which process owns a thing, written so that another process of the same
 * machine can tell whether its owner still lives.
 *
 * `<place>-<pid>-<start>-<random>`. The place is a hash of everything that gives the two numbers
 * behind it their meaning. Process ids are used again, so the start time is what makes one unique.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { systemCode } from './map-error.js';

/** `unknown`: it cannot be told from here, so only the deadline of the thing counts. */
export type OwnerState = 'alive' | 'dead' | 'unknown';

/** A process as it can be seen from here: when it began, undefined where that is not told. */
export type SeenProcess =
  | { readonly state: 'gone' }
  | { readonly state: 'here'; readonly start: string | undefined };

/** The processes of one place. */
export interface ProcessTable {
  /** 16 hexadecimal digits: two tables with the same place number their processes alike. */
  readonly place: string;
  readonly ownPid: number;
  readonly look: (pid: number) => SeenProcess;
}

/** A label for something of this process; a new one each time. */
export function newInstance(processes: ProcessTable = localProcesses()): string {
  const { place, ownPid } = processes;
  const own = processes.look(ownPid);
  const start = own.state === 'here' ? (own.start ?? NO_START) : NO_START;
  return [place, ownPid, start, randomBytes(8).toString('hex')].join('-');
}

/** Does the process behind an instance label still run? */
export function ownerState(
  instance: string,
  processes: ProcessTable = localProcesses(),
): OwnerState {
  const owner = FORM.exec(instance)?.groups;
  if (owner === undefined || owner['place'] !== processes.place) return 'unknown';
  const seen = processes.look(Number(owner['pid']));
  if (seen.state === 'gone') return 'dead';
  // Without a start time it may be another process that was given the same id.
  if (owner['start'] === NO_START || seen.start === undefined) return 'unknown';
  return owner['start'] === seen.start ? 'alive' : 'dead';
}

const NO_START = '0';

const FORM = /^(?<place>[0-9a-f]{16})-(?<pid>[1-9][0-9]{0,9})-(?<start>[0-9]{1,20})-[0-9a-f]{16}$/;

let local: ProcessTable | undefined;

/** The processes that this one sees. */
export function localProcesses(): ProcessTable {
  local ??= {
    place: hash(process.platform === 'linux' ? linuxPlace() : [process.platform, hostname()]),
    ownPid: process.pid,
    look,
  };
  return local;
}

function hash(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

/**
 * Process ids belong to a boot and to a PID namespace, start times to a time namespace: see
 * pid_namespaces(7), time_namespaces(7).
 */
function linuxPlace(): readonly string[] {
  try {
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return [bootId, readlinkSync('/proc/self/ns/pid'), timeNamespace()];
  } catch {
    // No /proc: a place of its own, which nobody else takes for theirs.
    return [randomBytes(16).toString('hex')];
  }
}

function timeNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/time');
  } catch {
    return 'none before Linux 5.6';
  }
}

function look(pid: number): SeenProcess {
  if (!exists(pid)) return { state: 'gone' };
  const { state, start } = readStat(pid);
  // A zombie has ended; only its parent has not looked yet.
  return state === 'Z' || state === 'X' ? { state: 'gone' } : { state: 'here', start };
}

/** Also for processes whose /proc entry is hidden from us (`hidepid`). */
function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return systemCode(error) !== 'ESRCH';
  }
}

/** proc_pid_stat(5): `pid (name) state … starttime`, fields 3 and 22. The name can hold anything. */
function readStat(pid: number): { readonly state?: string; readonly start: string | undefined } {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state = '', ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state, start: fields[18] };
  } catch {
    return { start: undefined };
  }
}
