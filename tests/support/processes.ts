import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

interface Process {
  readonly pid: number;
  readonly parent: number;
  /** As `ps` writes it: `Z` is a zombie. */
  readonly state: string;
  readonly commandLine: string;
}

/** Command lines of the running processes that hold `text`. */
export function processesWith(text: string): readonly string[] {
  return processes()
    .map(({ commandLine }) => commandLine)
    .filter((line) => line.includes(text));
}

/**
 * Process ids of the children of a process whose command line holds `text`. One that is just being
 * started has none yet: the kernel tells its parent of the start a moment before it writes that.
 */
export function childrenOf(parent: number, text: string): readonly number[] {
  return processes()
    .filter((one) => one.parent === parent)
    .filter(({ commandLine, state }) =>
      commandLine === '' ? !state.startsWith('Z') : commandLine.includes(text),
    )
    .map(({ pid }) => pid);
}

/** `zombie`: it has ended, and its parent has not looked. */
export function processState(pid: number): 'running' | 'zombie' | 'gone' {
  const found = processes().find((one) => one.pid === pid);
  if (found === undefined) return 'gone';
  return found.state.startsWith('Z') ? 'zombie' : 'running';
}

function processes(): readonly Process[] {
  // Small container images have no `ps`.
  if (!existsSync('/proc/self/stat')) return processesOfPs();
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .flatMap(readProcess);
}

function readProcess(pid: string): readonly Process[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state = '', parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return [{ pid: Number(pid), parent: Number(parent), state, commandLine }];
  } catch {
    // It has ended meanwhile.
    return [];
  }
}

function processesOfPs(): readonly Process[] {
  const text = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,state=,args='], { encoding: 'utf8' });
  return text.split('\n').flatMap((line) => {
    const [, pid, parent, state = '', commandLine = ''] =
      /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined
      ? []
      : [{ pid: Number(pid), parent: Number(parent), state, commandLine }];
  });
}
