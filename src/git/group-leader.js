import { spawn } from 'node:child_process';

/**
 * A program of its own: `node group-leader.js <git arguments>`. It runs git as the leader of a
 * process group and ends that whole group when it gets a signal, or when the process that started
 * it is gone (its stdin ends).
 *
 * Git leaves the transfer to helpers (git-remote-https, fetch-pack, index-pack). They go on when
 * only git itself is killed, and simple-git has no way to start git in a group. It is written in
 * JavaScript because it must run with nothing but Node, from the sources and from the package.
 */

/** @type {import('node:child_process').ChildProcess | undefined} */
let git;

const endGroup = () => {
  if (git?.pid === undefined) return;
  try {
    // A negative id is a group. Windows has none: there only git itself can be ended.
    process.kill(process.platform === 'win32' ? git.pid : -git.pid, 'SIGKILL');
  } catch {
    // Nobody is left in the group.
  }
};

/** @param {number} code */
const end = (code) => {
  process.exitCode = code;
  process.stdin.destroy();
};

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, endGroup);
process.stdin.on('end', endGroup);
process.stdin.on('error', endGroup);
process.stdin.resume();

git = spawn('git', process.argv.slice(2), {
  detached: process.platform !== 'win32',
  stdio: ['ignore', 'inherit', 'inherit'],
  windowsHide: true,
});
git.on('error', (error) => {
  process.stderr.write(`git could not be started: ${error.message}\n`);
  end(127);
});
git.on('exit', (code, signal) => {
  if (signal !== null) endGroup();
  end(code ?? 1);
});
