import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { Readable, type Duplex } from 'node:stream';
import { z } from 'zod';
import { FakeEvents } from './events.js';
import { frame } from './frames.js';
import { Refusal } from './http.js';
import type { FakeImage, FakeImages } from './images.js';
import { Program, type ProgramFile, type Signal } from './program.js';
import { readTar } from './tar.js';

const createBody = z.looseObject({
  Image: z.string(),
  Entrypoint: z.array(z.string()).nullish(),
  Cmd: z.array(z.string()).nullish(),
  Env: z.array(z.string()).nullish(),
  User: z.string().nullish(),
  Labels: z.record(z.string(), z.string()).nullish(),
  OpenStdin: z.boolean().nullish(),
  HostConfig: z
    .looseObject({
      ReadonlyRootfs: z.boolean().nullish(),
      Mounts: z.array(z.object({ Type: z.string(), Target: z.string() })).nullish(),
    })
    .nullish(),
});

type CreateBody = z.output<typeof createBody>;

export class FakeContainer {
  readonly id = randomBytes(32).toString('hex');
  readonly created = Math.floor(Date.now() / 1000);
  readonly files: Map<string, ProgramFile>;
  readonly exited: Promise<number>;
  readonly name: string;
  readonly #body: CreateBody;
  readonly #image: FakeImage;
  #state: 'created' | 'running' | 'exited' = 'created';
  #exitCode = 0;
  #outOfMemory = false;
  #startedAt = 0;
  #finishedAt = 0;
  #program: Program | undefined;
  #attached: Duplex | undefined;
  #markExited: (code: number) => void = () => undefined;

  constructor(name: string, body: CreateBody, image: FakeImage) {
    this.name = name;
    this.#body = body;
    this.#image = image;
    this.files = new Map(image.files);
    this.exited = new Promise((resolve) => {
      this.#markExited = resolve;
    });
  }

  get running(): boolean {
    return this.#state === 'running';
  }

  get state(): string {
    return this.#state;
  }

  attach(connection: Duplex): void {
    this.#attached = connection;
    connection.on('error', () => undefined);
    if (this.#body.OpenStdin !== true) connection.resume();
  }

  async putArchive(folder: string, tar: Readable): Promise<void> {
    const host = this.#body.HostConfig;
    const volumes = host?.Mounts?.map((mount) => mount.Target) ?? [];
    if (host?.ReadonlyRootfs === true && !volumes.includes(folder)) {
      throw new Refusal(500, 'container rootfs is marked read-only');
    }
    for (const [name, file] of await readTar(tar)) {
      this.files.set(path.posix.join(folder, name), file);
    }
  }

  start(): void {
    const user = this.#body.User ?? '';
    if (/[a-z]/i.test(user) && user !== 'root') {
      throw new Refusal(500, `unable to find user ${user}: no matching entries in passwd file`);
    }
    if (this.running) throw new Refusal(304, '');
    this.#state = 'running';
    this.#startedAt = Date.now();
    this.#program = new Program(this.#argv(), {
      stdout: (bytes) => this.#attached?.write(frame('stdout', bytes)),
      stderr: (bytes) => this.#attached?.write(frame('stderr', bytes)),
      stdin: this.#stdin(),
      files: this.files,
      environment: environment(this.#body.Env ?? []),
    });
    void this.#program.exitCode.then((code) => this.exit(code));
  }

  kill(signal: Signal): void {
    if (!this.running) throw new Refusal(409, `Container ${this.id} is not running`);
    this.#program?.signal(signal);
  }

  /** As if something in it had written that. */
  say(text: string): void {
    this.#attached?.write(frame('stdout', Buffer.from(text)));
  }

  /** As if it had been running for longer. */
  age(ms: number): void {
    this.#startedAt -= ms;
  }

  /** Ends, as by itself or as a crash of the engine leaves it. */
  exit(code: number, outOfMemory = false): void {
    if (this.#state === 'exited') return;
    this.#finishedAt = Date.now();
    this.#outOfMemory = outOfMemory;
    this.#state = 'exited';
    this.#exitCode = code;
    this.#attached?.end();
    this.#markExited(code);
  }

  inspect(): object {
    return {
      Id: this.id,
      Name: `/${this.name}`,
      Image: this.#image.id,
      State: {
        Status: this.#state,
        Running: this.running,
        OOMKilled: this.#outOfMemory,
        ExitCode: this.#exitCode,
        StartedAt: new Date(this.#startedAt).toISOString(),
        FinishedAt: new Date(this.#finishedAt).toISOString(),
        Error: '',
      },
      Config: { ...this.#body, User: this.#body.User ?? '', Labels: this.#labels() },
      HostConfig: this.#body.HostConfig ?? {},
      Mounts: this.#body.HostConfig?.Mounts ?? [],
    };
  }

  summary(): object {
    return {
      Id: this.id,
      Names: [`/${this.name}`],
      Image: this.#body.Image,
      ImageID: this.#image.id,
      Command: this.#argv().join(' '),
      Created: this.created,
      State: this.#state,
      Status: this.running ? 'Up Less than a second' : 'Exited',
      Labels: this.#labels(),
      Ports: [],
    };
  }

  #argv(): readonly string[] {
    const { Entrypoint: entrypoint, Cmd: command } = this.#body;
    return [
      ...(entrypoint ?? this.#image.entrypoint),
      ...(command ?? (entrypoint === undefined ? this.#image.command : [])),
    ];
  }

  #labels(): Record<string, string> {
    return { ...this.#image.labels, ...this.#body.Labels };
  }

  #stdin(): AsyncIterable<Uint8Array> {
    const open = this.#body.OpenStdin === true && this.#attached !== undefined;
    return open ? (this.#attached ?? Readable.from([])) : Readable.from([]);
  }
}

export class FakeContainers {
  /** What is told of containers to those who listen. */
  readonly events = new FakeEvents();
  readonly #images: FakeImages;
  readonly #byId = new Map<string, FakeContainer>();

  constructor(images: FakeImages) {
    this.#images = images;
  }

  get all(): readonly FakeContainer[] {
    return [...this.#byId.values()];
  }

  create(name: string, body: unknown): FakeContainer {
    const parsed = createBody.parse(body);
    const image = this.#images.find(parsed.Image);
    if (image === undefined) throw new Refusal(404, `No such image: ${parsed.Image}`);
    const taken = this.all.find((container) => container.name === name);
    if (taken !== undefined) {
      throw new Refusal(409, `Conflict. The container name "/${name}" is already in use.`);
    }
    const container = new FakeContainer(name, parsed, image);
    this.#byId.set(container.id, container);
    return container;
  }

  find(nameOrId: string): FakeContainer | undefined {
    return this.#byId.get(nameOrId) ?? this.all.find(({ name }) => name === nameOrId);
  }

  get(nameOrId: string): FakeContainer {
    const found = this.find(nameOrId);
    if (found === undefined) throw new Refusal(404, `No such container: ${nameOrId}`);
    return found;
  }

  list(filter: { readonly all: boolean; readonly name: string | undefined }): readonly object[] {
    return this.all
      .filter((container) => filter.all || container.running)
      .filter(({ name }) => filter.name === undefined || name.includes(filter.name))
      .map((container) => container.summary());
  }

  remove(nameOrId: string, force: boolean): void {
    const container = this.get(nameOrId);
    if (container.running && !force) {
      throw new Refusal(409, `You cannot remove a running container ${container.id}.`);
    }
    if (container.running) container.kill('SIGKILL');
    this.#byId.delete(container.id);
  }
}

function environment(entries: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    entries.map((entry) => {
      const at = entry.indexOf('=');
      return [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
}
