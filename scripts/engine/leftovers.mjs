import { basename } from 'node:path';
import { readIfThere } from './files.mjs';
import { allPids, argumentsOf, sendSignal } from './processes.mjs';

/**
 * When dockerd was killed it could not stop its containers. Each hangs on a shim that names our
 * containerd's socket in its arguments, which no process of another engine does.
 *
 * @param {import('./paths.mjs').EnginePaths} paths
 * @returns {Promise<number[]>} the processes that were ended: containers, then their shims
 */
export async function endLeftoverContainers({ containerdSocket }) {
  const pids = allPids();
  const shims = pids.filter((pid) => isShimOf(pid, containerdSocket));
  const containers = pids.filter((pid) => shims.includes(parentOf(pid)));
  const doomed = [...containers, ...shims];
  await sendSignal(doomed, 'KILL');
  return doomed;
}

/**
 * @param {number} pid
 * @param {string} socket
 * @returns {boolean}
 */
function isShimOf(pid, socket) {
  const [program = '', ...args] = argumentsOf(pid);
  return basename(program).startsWith('containerd-shim') && args.includes(socket);
}

/**
 * @param {number} pid
 * @returns {number}
 */
function parentOf(pid) {
  return Number(/^PPid:\s*(\d+)/m.exec(readIfThere(`/proc/${pid}/status`))?.[1] ?? 0);
}
