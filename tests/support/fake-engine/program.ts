/**
 * The programs of the fake engine: as much of busybox as the contract suite runs, so that the
 * same argv works on the fake and on a real engine.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';

export interface ProgramFile {
  readonly content: Buffer;
  readonly mode: number;
}

/** What a program sees of its container. */
export interface World {
  stdout(bytes: Buffer): void;
  stderr(bytes: Buffer): void;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly files: ReadonlyMap<string, ProgramFile>;
  readonly environment: Readonly<Record<string, string>>;
}

export type Signal = 'SIGTERM' | 'SIGKILL';

const FLOOD_CHUNK = 32 * 1024;

/** A running program, as the init process of its container sees it. */
export class Program {
  readonly exitCode: Promise<number>;
  readonly #world: World;
  #end: (code: number) => void = () => undefined;
  #over = false;
  /** What the program does on TERM: undefined ends it, '' ignores it, else a script. */
  #trap: string | undefined;

  constructor(argv: readonly string[], world: World) {
    this.#world = world;
    this.exitCode = new Promise((resolve) => {
      this.#end = (code) => {
        this.#over = true;
        resolve(code);
      };
    });
    void this.#run(argv).then(
      (code) => this.#end(code),
      () => this.#end(1),
    );
  }

  signal(signal: Signal): void {
    if (signal === 'SIGKILL') return this.#end(137);
    if (this.#trap === undefined) return this.#end(143);
    const exits = /exit (\d+)$/.exec(this.#trap)?.[1];
    void this.#script(this.#trap).then(() => {
      if (exits !== undefined) this.#end(Number(exits));
    });
  }

  async #run(argv: readonly string[]): Promise<number> {
    const [name = '', ...args] = argv;
    if (name === 'sh' && args[0] === '-c') return this.#script(args[1] ?? '');
    const own = ownScript(this.#world.files.get(name));
    if (own !== undefined) return this.#script(own);
    return this.#command(name, args, 'stdout');
  }

  async #script(script: string): Promise<number> {
    let status = 0;
    for (const statement of statements(script)) {
      const words = this.#words(statement);
      const toStderr = words.at(-1) === '>&2';
      const [name = '', ...args] = toStderr ? words.slice(0, -1) : words;
      if (name === 'exit') return Number(args[0] ?? status);
      if (this.#over) return status;
      status = await this.#command(name, args, toStderr ? 'stderr' : 'stdout');
    }
    return status;
  }

  #words(statement: string): string[] {
    const quotedOrBare = /"([^"]*)"|'([^']*)'|(\S+)/g;
    return [...statement.matchAll(quotedOrBare)].map(([, double, single, bare]) => {
      if (single !== undefined) return single;
      const text = double ?? bare ?? '';
      return text.replace(/\$(\w+)/g, (_, name: string) => this.#world.environment[name] ?? '');
    });
  }

  async #command(
    name: string,
    args: readonly string[],
    output: 'stdout' | 'stderr',
  ): Promise<number> {
    const write = (bytes: Uint8Array | string): void => {
      if (!this.#over) this.#world[output](Buffer.from(bytes));
    };
    switch (name) {
      case 'echo':
        write(`${args.join(' ')}\n`);
        return 0;
      case 'printf':
        write(unescaped(args[0] ?? ''));
        return 0;
      case 'trap':
        this.#trap = args[0];
        return 0;
      case 'wait':
        return 0;
      case 'sleep':
        return this.#sleep(Number(args[0]));
      case 'cat':
        return this.#cat(args, write);
      case 'stat':
        return this.#stat(args, write);
      case 'yes':
        return this.#flood(Infinity, Buffer.alloc(FLOOD_CHUNK, 'y\n'), write);
      case 'head':
        return this.#flood(Number(args[1]), Buffer.alloc(FLOOD_CHUNK), write);
      default:
        return this.#cannotExecute(name);
    }
  }

  /** The engine starts its init whatever the program is; what init then says is all there is. */
  #cannotExecute(name: string): number {
    const found = this.#world.files.has(name);
    const why = found ? 'Permission denied' : 'No such file or directory';
    this.#world.stderr(Buffer.from(`[FATAL tini (7)] exec ${name} failed: ${why}\n`));
    return found ? 126 : 127;
  }

  async #sleep(seconds: number): Promise<number> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, seconds * 1000);
      void this.exitCode.then(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    return 0;
  }

  async #cat(
    args: readonly string[],
    write: (bytes: Uint8Array | string) => void,
  ): Promise<number> {
    const [path] = args;
    if (path === undefined) {
      for await (const chunk of this.#world.stdin) write(chunk);
      return 0;
    }
    const file = this.#world.files.get(path);
    if (file !== undefined) write(file.content);
    else this.#world.stderr(Buffer.from(`cat: can't open '${path}': No such file or directory\n`));
    return file === undefined ? 1 : 0;
  }

  #stat(args: readonly string[], write: (text: string) => void): number {
    const file = this.#world.files.get(args[2] ?? '');
    if (file === undefined) return 1;
    write(`${file.mode.toString(8)}\n`);
    return 0;
  }

  async #flood(total: number, chunk: Buffer, write: (bytes: Uint8Array) => void): Promise<number> {
    for (let sent = 0; sent < total && !this.#over; sent += chunk.length) {
      write(chunk.subarray(0, Math.min(chunk.length, total - sent)));
      await nextTurn();
    }
    return 0;
  }
}

const SCRIPT = '#!/bin/busybox sh\n';

/** The script that a file of the image is, whatever arguments it is given. */
function ownScript(file: ProgramFile | undefined): string | undefined {
  const text = file !== undefined && (file.mode & 0o111) !== 0 ? file.content.toString() : '';
  return text.startsWith(SCRIPT) ? text.slice(SCRIPT.length) : undefined;
}

/** Split at `;` and at ` & `, but not inside quotes. What would run beside the rest runs before it. */
function statements(script: string): readonly string[] {
  return script.match(/(?:"[^"]*"|'[^']*'|>&2|[^;&"'])+/g) ?? [];
}

/** The octal escapes of `printf`, byte by byte. */
function unescaped(text: string): Buffer {
  const parts = text.split(/(\\[0-7]{1,3}|\\n)/);
  return Buffer.concat(
    parts.map((part) => {
      if (part === '\\n') return Buffer.from('\n');
      return /^\\[0-7]/.test(part)
        ? Buffer.of(Number.parseInt(part.slice(1), 8))
        : Buffer.from(part);
    }),
  );
}
