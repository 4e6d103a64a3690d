/**
 * A container engine of a test's own, for what nobody may do to a shared one: kill it, stop it,
 * fill its disk.
 *
 * It lives in network, mount and process namespaces of its own, with its data in memory. The first
 * process of the namespaces waits on a pipe from here: when the pipe closes, however the test
 * ended, the kernel ends everything in them and drops what was mounted. The network namespace also
 * keeps an engine without a bridge from removing that of another engine on the machine.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync, closeSync, readFileSync } from 'node:fs';
import { mkdtemp, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EngineHttp } from './engine-http.js';
import { loadImage } from './image-archive.js';
import { childrenOf, processState } from './processes.js';

const MIB = 1024 * 1024;
const ANSWERS_WITHIN_MS = 60_000;
const ENDS_WITHIN_MS = 30_000;
const POLL_MS = 20;

const FIRST_PROCESS = `
set -eu
state=$1 size=$2
exec 3<&0
mkdir "$state/data"
mount -t tmpfs -o "size=$size" tmpfs "$state/data"
mount -t tmpfs tmpfs /run
# The engine keeps a key there, and reads the settings of the machine's own engine.
if [ -d /etc/docker ]; then mount -t tmpfs tmpfs /etc/docker; fi
echo ready
cat <&3 >/dev/null &
wait $!
`;

const NAMESPACES = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];

export class PrivateEngine implements AsyncDisposable {
  readonly http: EngineHttp;
  readonly #folder: string;
  readonly #cage: ChildProcess;
  /** The first process of the namespaces. */
  readonly #first: number;
  /** What entered them to start the engine, and the engine. */
  #pids: readonly number[] = [];

  /** @param dataBytes size of the engine's disk */
  static async start({ dataBytes = 64 * MIB } = {}): Promise<PrivateEngine> {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) {
      throw new Error('An engine of a test’s own needs Linux and root. Run the tests as root.');
    }
    const folder = await mkdtemp(join(tmpdir(), 'slipway-test-engine-'));
    const argv = [...NAMESPACES, 'sh', '-c', FIRST_PROCESS, 'sh', folder, String(dataBytes)];
    const cage = spawn('unshare', argv, { stdio: ['pipe', 'pipe', 'inherit'] });
    await Promise.race([once(cage.stdout, 'data'), rejectOnExit(cage)]);
    const [first = 0] = childrenOf(cage.pid ?? 0, folder);
    const engine = new PrivateEngine(folder, cage, first);
    await engine.boot();
    return engine;
  }

  private constructor(folder: string, cage: ChildProcess, first: number) {
    this.#folder = folder;
    this.#cage = cage;
    this.#first = first;
    this.http = new EngineHttp(this.dockerHost);
  }

  get socketPath(): string {
    return join(this.#folder, 'docker.sock');
  }

  get dockerHost(): string {
    return `unix://${this.socketPath}`;
  }

  /** Starts the engine (again) and waits until it answers. */
  async boot(): Promise<void> {
    // What a killed engine leaves keeps the next one from starting.
    await Promise.all([this.socketPath, this.#pidFile].map((path) => rm(path, { force: true })));
    const log = openSync(this.#log, 'a');
    const namespaces = ['-t', String(this.#first), '-n', '-m', '-p'];
    const entered = spawn('nsenter', [...namespaces, '--', 'dockerd', ...this.#arguments], {
      stdio: ['ignore', log, log],
      env: { PATH: `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin` },
    });
    closeSync(log);
    await Promise.race([this.#answers(), rejectOnExit(entered, this.#log)]);
    const [pid = 0] = childrenOf(entered.pid ?? 0, 'dockerd');
    this.#pids = [entered.pid ?? 0, pid];
  }

  /** Ends the engine by a signal and waits until it has ended. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const pid = this.#pid;
    process.kill(pid, signal);
    const giveUp = performance.now() + ENDS_WITHIN_MS;
    while (processState(pid) === 'running') {
      if (performance.now() > giveUp) throw new Error(`the engine outlives ${signal}`);
      await delay(POLL_MS);
    }
  }

  /** From now on it accepts connections and answers nothing. */
  freeze(): void {
    process.kill(this.#pid, 'SIGSTOP');
  }

  thaw(): void {
    // Who entered the namespaces stops with the engine it waits for.
    for (const pid of this.#pids) process.kill(pid, 'SIGCONT');
  }

  async hideSocket(): Promise<void> {
    await rename(this.socketPath, this.#hidden);
  }

  async showSocket(): Promise<void> {
    if (existsSync(this.#hidden)) await rename(this.#hidden, this.socketPath);
  }

  async fillDisk(): Promise<void> {
    const file = await open(this.#filler, 'a');
    try {
      for (const size of [MIB, 4096]) {
        const zeros = Buffer.alloc(size);
        while (await fits(file.write(zeros)));
      }
    } finally {
      await file.close();
    }
  }

  async freeDisk(): Promise<void> {
    await rm(this.#filler, { force: true });
  }

  /**
   * Volumes whose labels it lost: stopped while it makes one, Docker 20.10 keeps the folder and
   * not what it is. Nobody can tell whose they are.
   */
  unfinishedVolumes(): readonly string[] {
    const log = readFileSync(this.#log, 'utf8');
    return [...log.matchAll(/create (?<name>[0-9a-f]{64}): database not open/g)].flatMap(
      ({ groups }) => groups?.['name'] ?? [],
    );
  }

  /** @param image as `docker save` writes it */
  async load(image: Buffer): Promise<void> {
    await loadImage(this.socketPath, image);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = once(this.#cage, 'close');
    this.#cage.stdin?.end();
    await gone;
    await removeControlGroups(this.#controlGroup);
    await rm(this.#folder, { recursive: true, force: true });
  }

  get #pid(): number {
    const pid = this.#pids.at(-1) ?? 0;
    // 0 would be our own process group.
    if (pid === 0) throw new Error('the engine does not run');
    return pid;
  }

  get #arguments(): readonly string[] {
    const data = `--data-root=${join(this.#folder, 'data')}`;
    const exec = `--exec-root=${join(this.#folder, 'exec')}`;
    const places = [`--host=${this.dockerHost}`, `--pidfile=${this.#pidFile}`, data, exec];
    // There is nothing to forward to.
    const network = ['bridge=none', 'iptables=false', 'ip-forward=false', 'ip-masq=false'];
    const options = network.map((option) => `--${option}`);
    return [...places, ...options, `--cgroup-parent=/${this.#controlGroup}`];
  }

  get #controlGroup(): string {
    return basename(this.#folder);
  }

  get #pidFile(): string {
    return join(this.#folder, 'pid');
  }

  get #log(): string {
    return join(this.#folder, 'log');
  }

  get #hidden(): string {
    return `${this.socketPath}.hidden`;
  }

  /** The engine's disk is mounted in its own namespace only. */
  get #filler(): string {
    return join('/proc', String(this.#first), 'root', this.#folder, 'data', 'filler');
  }

  async #answers(): Promise<void> {
    const giveUp = performance.now() + ANSWERS_WITHIN_MS;
    while (!(await this.http.exists('/version').catch(() => false))) {
      if (performance.now() > giveUp) throw new Error(`it does not answer: ${this.#log}`);
      await delay(POLL_MS);
    }
  }
}

async function rejectOnExit(child: ChildProcess, log?: string): Promise<never> {
  await once(child, 'exit');
  const words = log === undefined ? '' : readFileSync(log, 'utf8').slice(-2000);
  throw new Error(`the engine ended with ${child.exitCode ?? child.signalCode}. ${words}`);
}

async function fits(write: Promise<{ readonly bytesWritten: number }>): Promise<boolean> {
  try {
    return (await write).bytesWritten > 0;
  } catch {
    return false;
  }
}

const CONTROL_GROUPS = '/sys/fs/cgroup';

/** One below each controller, or a single one where there is one tree. */
async function removeControlGroups(name: string): Promise<void> {
  const trees = await readdir(CONTROL_GROUPS).catch(() => []);
  const places = ['', ...trees].map((tree) => join(CONTROL_GROUPS, tree, name));
  for (const place of places.filter((one) => existsSync(one))) await removeTree(place);
}

/** The files of a control group are the kernel's; only folders can be removed. */
async function removeTree(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries) if (entry.isDirectory()) await removeTree(join(folder, entry.name));
  await rmdir(folder).catch(() => undefined);
}
