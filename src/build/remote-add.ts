/**
 * `ADD https://…`: the engine itself fetches it, from its own network, where it reaches what no
 * container can (its host's own services, the metadata of a cloud). A Dockerfile of strangers may
 * copy from its context only; what its steps fetch with their own programs stays in their network.
 */
import { jsonForm, parseDockerfile, type Instruction } from '../core/dockerfile.js';
import { keyValues } from '../core/dockerfile-stages.js';
import { expandVariables } from '../core/dockerfile-variables.js';
import { quoteValue } from '../core/options.js';
import { refuseBuild } from './refusal.js';

/** What BuildKit takes for a URL or a Git repository: `https://…`, `git@host:…`. */
const REMOTE = /^(?:[a-z][a-z0-9+.-]*:\/\/|[^\s/]*@[^\s/]*:)/i;

/**
 * @param buildArgs the caller's, which replace what the file gives its ARGs
 * @throws {SlipwayError} `BUILD_REFUSED` naming line and source
 */
export function refuseRemoteAdds(
  text: string,
  file: string,
  buildArgs: Readonly<Record<string, string>>,
): void {
  const { instructions } = parseDockerfile(text);
  const all = instructions.flatMap(withTrigger);
  const values = valuesOf(all, buildArgs);
  for (const one of all.filter(({ keyword }) => keyword === 'ADD')) {
    const source = sourcesOf(one).find((word) => mayBeRemote(word, values));
    if (source !== undefined) throw remoteAdd(file, one.firstLine, source);
  }
}

/** ONBUILD runs its instruction in whatever is built from the image. */
function withTrigger(instruction: Instruction): readonly Instruction[] {
  return instruction.trigger === null ? [instruction] : [instruction, instruction.trigger];
}

/** Every value that a name gets anywhere in the file, and the caller's. */
function valuesOf(
  instructions: readonly Instruction[],
  buildArgs: Readonly<Record<string, string>>,
): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  const add = (name: string, value: string): void => {
    values.set(name, [...(values.get(name) ?? []), value]);
  };
  for (const instruction of instructions) {
    if (instruction.keyword !== 'ARG' && instruction.keyword !== 'ENV') continue;
    for (const [name, value] of keyValues(instruction)) if (value !== undefined) add(name, value);
  }
  for (const [name, value] of Object.entries(buildArgs)) add(name, value);
  return values;
}

function sourcesOf({ joined }: Instruction): readonly string[] {
  const words = jsonForm(joined) ?? joined.split(/\s+/).filter((word) => word !== '');
  return words.slice(0, -1);
}

/** A source that cannot be known is one that could be anything. */
function mayBeRemote(word: string, values: ReadonlyMap<string, readonly string[]>): boolean {
  const plain = expandVariables(word, new Map());
  if (plain === undefined || plain.split(/\s+/).some((one) => REMOTE.test(one))) return true;
  const names = [...word.matchAll(/\$\{?(?<name>\w+)/g)].map(
    ({ groups }) => groups?.['name'] ?? '',
  );
  return names.some((name) => {
    const given = values.get(name);
    return given === undefined || given.some(suspicious);
  });
}

/** Every source outside of the context has a colon, which can come from any part of a word. */
function suspicious(value: string): boolean {
  const plain = value.includes('$') ? undefined : expandVariables(value, new Map());
  return plain === undefined || plain.includes(':');
}

function remoteAdd(file: string, line: number, source: string): Error {
  return refuseBuild(file, 'remote_source', {
    message: `${quoteValue(file)}, line ${line}: ADD ${quoteValue(source)} would make the engine fetch it.`,
    hint: 'Put the file into the repository, or fetch it in a RUN step. Nothing was built.',
  });
}
