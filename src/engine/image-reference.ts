import { INPUT_LIMITS } from '../core/limits.js';
import { invalidInput } from '../core/options.js';

/** An image named by registry, repository, and tag or digest. */
export interface NamedImage {
  readonly kind: 'name';
  /** Host in lower case, with its port if it has one: `docker.io`, `localhost:5000`, `[::1]:5000`. */
  readonly registry: string;
  /** Path in the registry: `library/python`. */
  readonly repository: string;
  /** Undefined only when there is a digest. */
  readonly tag: string | undefined;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string | undefined;
  /** As people write it: `python:3.13`. Parses to the same image. */
  readonly familiar: string;
  /**
   * In full: `docker.io/library/python:3.13`. Give this one to the engine: it would take a short
   * name such as `a074` for the beginning of an image id.
   */
  readonly canonical: string;
}

/** An image named by the engine's own id, so not by a registry. */
export interface IdentifiedImage {
  readonly kind: 'id';
  /** `sha256:` and 64 hexadecimal digits. */
  readonly id: string;
  readonly familiar: string;
  readonly canonical: string;
}

export type ImageReference = NamedImage | IdentifiedImage;

const DEFAULT_REGISTRY = 'docker.io';
/** Other names of the default registry; Docker treats them as one. */
const DEFAULT_REGISTRY_ALIASES: ReadonlySet<string> = new Set(['index.docker.io']);
const OFFICIAL = 'library/';

/** 255 in the grammar, but `library/` may come before what was written. */
const REPOSITORY_CHARACTERS = 247;
const TAG_CHARACTERS = 128;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/**
 * Reads an image reference by the grammar of the distribution project (`reference/regexp.go`) and
 * Docker's rules for short names: `python` is `docker.io/library/python:latest`. Stricter in four
 * places: digests are sha256 only; the part before the first slash is a host only with a dot, a
 * port or the name `localhost` (upper case alone does not make it one); an image id is written in
 * full, with `sha256:`; and at most 512 characters. Whether the registry is permitted is for the
 * policy to say.
 *
 * @param field names the value in the error.
 * @throws {SlipwayError} `INVALID_INPUT` saying which part is wrong; credentials are not repeated
 */
export function parseImageReference(text: string, field = 'image'): ImageReference {
  const parsed = parse(text);
  if (typeof parsed !== 'string') return parsed;
  throw invalidInput(field, parsed, withoutCredentials(text), HINT);
}

const HINT = 'Write an image as repository[:tag], such as "python:3.13-slim". Nothing was started.';

/** The image, or the rule that is broken. */
function parse(text: string): ImageReference | string {
  const rule = textProblem(text);
  if (rule !== undefined) return rule;
  if (IMAGE_ID.test(text)) return DIGEST.test(text) ? identified(text) : SHORT_ID;
  const parts = split(text);
  const broken =
    digestProblem(parts.digest) ??
    tagProblem(parts.tag) ??
    registryProblem(parts.registry) ??
    repositoryProblem(parts.repository);
  return broken ?? named(parts);
}

/** What the engine might take for an image id: with its algorithm, or all of its digits. */
const IMAGE_ID = /^(?:sha256:|[0-9a-f]{64}$)/;

const SHORT_ID = 'must give an image id in full: "sha256:" and 64 lower-case hexadecimal digits';

function textProblem(text: string): string | undefined {
  const most = INPUT_LIMITS.imageReferenceCharacters;
  if (text.trim() === '') return 'must not be empty';
  if (text.trim() !== text) return 'must not begin or end with white space';
  if (text.length > most) return `must be at most ${most} characters`;
  if (text.includes('://')) return 'must not have a scheme such as "https://"';
  if (/@.*\//s.test(text)) return 'must not have credentials; log in to the registry instead';
  return characterProblem(text);
}

function characterProblem(text: string): string | undefined {
  if (!/^[A-Za-z0-9[]/.test(text)) return 'must start with a letter or a digit';
  const [illegal] = /[^A-Za-z0-9._:/@[\]-]/u.exec(text) ?? [];
  if (illegal === undefined) return undefined;
  const code = illegal.codePointAt(0) ?? 0;
  if (code < 0x80) return `must not contain ${JSON.stringify(illegal)}`;
  return `must be ASCII; U+${code.toString(16).toUpperCase().padStart(4, '0')} is not`;
}

interface Parts {
  readonly registry: string;
  /** Without `library/`, as it was written. */
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

function split(text: string): Parts {
  const [name, digest] = cutAt(text, text.indexOf('@'));
  const [path, tag] = cutAt(name, colonOfTag(name));
  const slash = path.indexOf('/');
  const first = path.slice(0, Math.max(slash, 0));
  if (!isHost(first)) return { registry: DEFAULT_REGISTRY, repository: path, tag, digest };
  return { registry: registryName(first), repository: path.slice(slash + 1), tag, digest };
}

function cutAt(text: string, at: number): readonly [string, string | undefined] {
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** The colon after the last slash; one before it belongs to a port. */
function colonOfTag(name: string): number {
  return name.indexOf(':', name.lastIndexOf('/') + 1);
}

function isHost(first: string): boolean {
  return /[.:]/.test(first) || first.toLowerCase() === 'localhost';
}

function registryName(host: string): string {
  const name = host.toLowerCase();
  return DEFAULT_REGISTRY_ALIASES.has(name) ? DEFAULT_REGISTRY : name;
}

function digestProblem(digest: string | undefined): string | undefined {
  if (digest === undefined || DIGEST.test(digest)) return undefined;
  return 'must have "sha256:" and 64 lower-case hexadecimal digits after "@"';
}

function tagProblem(tag: string | undefined): string | undefined {
  if (tag === undefined) return undefined;
  if (tag === '') return 'must have a tag after ":"';
  if (tag.length > TAG_CHARACTERS) return `must have a tag of at most ${TAG_CHARACTERS} characters`;
  if (/^\w[\w.-]*$/.test(tag)) return undefined;
  return 'must have a tag of letters, digits, "_", "." and "-" that starts with none of "." and "-"';
}

const HOST_LABEL = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?';
const HOST = new RegExp(`^(?:${HOST_LABEL}(?:\\.${HOST_LABEL})*|\\[[0-9a-f:]+\\])$`);

function registryProblem(registry: string): string | undefined {
  const [, host = registry, port] = /^(.*):([^:\]]*)$/.exec(registry) ?? [];
  if (!HOST.test(host)) return 'must have a valid registry host before the first "/"';
  if (port === undefined || /^[0-9]{1,5}$/.test(port)) return portProblem(port);
  return 'must have a port number after the registry host';
}

function portProblem(port: string | undefined): string | undefined {
  const number = Number(port ?? 1);
  return number >= 1 && number <= 65_535 ? undefined : 'must have a port from 1 to 65535';
}

const COMPONENT = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;

function repositoryProblem(repository: string): string | undefined {
  if (repository.length > REPOSITORY_CHARACTERS) {
    return `must have a repository of at most ${REPOSITORY_CHARACTERS} characters`;
  }
  if (repository !== repository.toLowerCase()) return 'must have a repository in lower case';
  const components = repository.split('/');
  if (components.includes('')) return 'must not have an empty part between slashes';
  const wrong = components.find((component) => !COMPONENT.test(component));
  if (wrong === undefined) return undefined;
  return (
    `must not have ${JSON.stringify(wrong)} in its repository: letters and digits, ` +
    'between them single ".", "_", "__" or "-"'
  );
}

function identified(id: string): IdentifiedImage {
  return { kind: 'id', id, familiar: id, canonical: id };
}

function named(parts: Parts): NamedImage {
  const { registry, digest } = parts;
  const isOfficial = registry === DEFAULT_REGISTRY && !parts.repository.includes('/');
  const repository = isOfficial ? OFFICIAL + parts.repository : parts.repository;
  const tag = parts.tag ?? (digest === undefined ? 'latest' : undefined);
  const suffix = `${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
  const canonical = `${registry}/${repository}${suffix}`;
  const familiar = `${familiarName(registry, repository)}${suffix}`;
  return { kind: 'name', registry, repository, tag, digest, familiar, canonical };
}

/** Without the defaults, unless what is left would read as something else. */
function familiarName(registry: string, repository: string): string {
  if (registry !== DEFAULT_REGISTRY) return `${registry}/${repository}`;
  const [first = '', second, ...more] = repository.split('/');
  const isOfficial = `${first}/` === OFFICIAL && second !== undefined && more.length === 0;
  const name = isOfficial ? second : repository;
  const isAmbiguous = name === 'sha256' || (!isOfficial && isHost(first));
  return isAmbiguous ? `${registry}/${repository}` : name;
}

/** The text as an error may show it: nothing before an `@` that may end a login. */
function withoutCredentials(text: string): string {
  const beforeHost = text.lastIndexOf('@', text.lastIndexOf('/'));
  const login = LOGIN.exec(text)?.[0].length ?? 0;
  const at = Math.max(beforeHost, login - 1);
  return at > 0 ? `***${text.slice(at)}` : text;
}

/** `user:password@` before something that is no digest. */
const LOGIN = /^[^@:/]*:[^@/]*@(?!sha256:)/;
