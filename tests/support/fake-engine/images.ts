import { createHash, randomBytes } from 'node:crypto';
import { Refusal, sendLine, type Exchange } from './http.js';
import type { ProgramFile } from './program.js';

export interface FakeImage {
  readonly id: string;
  readonly tags: Set<string>;
  readonly digest: string | undefined;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly files: ReadonlyMap<string, ProgramFile>;
}

/** What the fake engine has, and the one image that its registry has. */
export class FakeImages {
  readonly #images = new Set<FakeImage>([busybox()]);

  find(reference: string): FakeImage | undefined {
    const name = shortName(reference);
    return [...this.#images].find((image) => image.id === reference || image.tags.has(name));
  }

  get(reference: string): FakeImage {
    const found = this.find(reference);
    if (found === undefined) throw new Refusal(404, `No such image: ${shortName(reference)}`);
    return found;
  }

  add(image: Omit<FakeImage, 'id' | 'digest' | 'tags'>, tag: string): FakeImage {
    const added = {
      ...image,
      id: sha256(randomBytes(16)),
      digest: undefined,
      tags: new Set([shortName(tag)]),
    };
    this.#images.add(added);
    return added;
  }

  tag(reference: string, name: string): void {
    const image = this.get(reference);
    this.find(name)?.tags.delete(shortName(name));
    image.tags.add(shortName(name));
  }

  remove(reference: string): readonly object[] {
    const image = this.get(reference);
    const name = shortName(reference);
    image.tags.delete(name);
    if (image.tags.size === 0) this.#images.delete(image);
    return [{ Untagged: name }];
  }

  /** @param wanted `name=value`, or `name` */
  list(wanted: readonly string[]): readonly object[] {
    const bears = (labels: FakeImage['labels'], label: string): boolean => {
      const [name = '', ...value] = label.split('=');
      return value.length === 0 ? name in labels : labels[name] === value.join('=');
    };
    return [...this.#images]
      .filter(({ labels }) => wanted.every((label) => bears(labels, label)))
      .map(({ id, tags, labels }) => ({
        Id: id,
        RepoTags: [...tags],
        Labels: labels,
        Created: 1_700_000_000,
      }));
  }

  inspect(reference: string): object {
    const image = this.get(reference);
    return {
      Id: image.id,
      RepoTags: [...image.tags],
      RepoDigests: image.digest === undefined ? [] : [image.digest],
      Size: 1_982_471,
      Os: 'linux',
      Architecture: 'amd64',
      Config: { Entrypoint: image.entrypoint, Cmd: image.command, Labels: image.labels },
    };
  }

  /** The words are those of an engine; see `facts` of the registry in the table of pull failures. */
  pull({ query, response }: Exchange): void {
    const name = `${query.get('fromImage') ?? ''}:${query.get('tag') ?? ''}`;
    const short = shortName(name);
    if (name.startsWith('127.0.0.1:1/')) {
      const dial = 'dial tcp 127.0.0.1:1: connect: connection refused';
      throw new Refusal(500, `Get "http://127.0.0.1:1/v2/": ${dial}`);
    }
    if (short !== 'busybox:1.36') {
      throw new Refusal(
        404,
        `pull access denied for ${short}, repository does not exist or may require 'docker login'`,
      );
    }
    response.writeHead(200, { 'Content-Type': 'application/json' });
    sendLine(response, { status: 'Pulling from library/busybox', id: '1.36' });
    const present = this.find(short) !== undefined;
    if (!present) this.#download(response);
    const status = present ? 'Image is up to date' : 'Downloaded newer image';
    sendLine(response, { status: `Status: ${status} for busybox:1.36` });
    response.end();
  }

  #download(response: Exchange['response']): void {
    const id = 'fc3fc7b3c8a5';
    const total = 1000;
    sendLine(response, { status: 'Pulling fs layer', progressDetail: {}, id });
    for (const current of [400, total]) {
      sendLine(response, { status: 'Downloading', progressDetail: { current, total }, id });
    }
    sendLine(response, { status: 'Download complete', progressDetail: {}, id });
    sendLine(response, { status: 'Pull complete', progressDetail: {}, id });
    this.#images.add(busybox());
  }
}

function busybox(): FakeImage {
  return {
    id: sha256('busybox'),
    tags: new Set(['busybox:1.36']),
    digest: `busybox@${sha256('manifest of busybox')}`,
    entrypoint: [],
    command: ['sh'],
    labels: {},
    files: new Map(),
  };
}

function sha256(of: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(of).digest('hex')}`;
}

/** Docker's own short form: without the default registry and its `library/`, with a tag. */
function shortName(reference: string): string {
  const name = reference.replace(/^docker\.io\/(library\/)?/, '');
  return /[:@][^/]*$/.test(name) ? name : `${name}:latest`;
}
