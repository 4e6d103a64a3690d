import type { DeclaredInput } from '../../core/build-plan.js';
import type { Sources } from './sources.js';

/** A way in which a language reads a variable; the first group is the name. */
export interface InputPattern {
  readonly pattern: RegExp;
  readonly kind: DeclaredInput['kind'];
}

/** More than this many, and the list says nothing to a reader any more. */
const MOST = 60;

/** How far behind the reading of a variable its check is looked for, in characters. */
const CHECK_DISTANCE = 300;

/** What makes a value that is missing the end of the program. */
const REFUSES =
  /\b(?:Fatal\w*|Exit|exit|panic!?|bail!|expect|unwrap|orElseThrow|throw)\b|required|must be|not set|missing/i;
const FALLS_BACK = /^[^;\n]{0,80}(?:unwrap_or|or_else|\?\?|\.ok\(\)|default)/i;
const IS_EMPTY =
  /==\s*""|==\s*null|is null|isEmpty\(|isBlank\(|IsNullOr|!ok\b|expect\(|\?;|unwrap\(\)/;

const SECRET = /token|secret|passw|credential|api_?key|access_?key|private_?key|dsn$/i;

/** Belongs to the system or to a tool, and no user has to know of it. */
const OF_THE_SYSTEM =
  /^(?:HOME|PATH|USER|USERNAME|USERPROFILE|APPDATA|LOCALAPPDATA|TMPDIR|TEMP|TMP|PWD|SHELL|EDITOR|LANG|TERM|CI|DEBUG|HOSTNAME|XDG_\w+|CARGO_\w+|OUT_DIR|GO\w*PATH|RUST_\w+|JAVA_HOME|NO_COLOR|HTTPS?_PROXY|NO_PROXY|DOTNET_\w+|ASPNETCORE_\w+|GITHUB_ACTIONS?)$/i;

/** What the hints declare, and what the code reads beside it. */
export function allInputs(
  declared: readonly DeclaredInput[],
  found: readonly DeclaredInput[],
): DeclaredInput[] {
  const all = new Map<string, DeclaredInput>();
  // Texts for people and the code have different words for the same place.
  const hasPlace = declared.some(isPositional);
  const beside = hasPlace ? found.filter((input) => !isPositional(input)) : found;
  for (const input of [...declared, ...beside]) {
    const key = `${input.kind} ${input.name}`;
    if (!all.has(key)) all.set(key, input);
  }
  return [...all.values()];
}

/** The variables and arguments that the code reads. */
export function readInputs(sources: Sources, patterns: readonly InputPattern[]): DeclaredInput[] {
  const found = [...sources].flatMap(([path, text]) =>
    patterns.flatMap((one) => inputsOf(path, text, one)),
  );
  // What is required somewhere is required, wherever else it is read.
  const sorted = found.toSorted((left, right) => Number(right.required) - Number(left.required));
  return allInputs([], sorted).slice(0, MOST);
}

function inputsOf(source: string, text: string, { pattern, kind }: InputPattern): DeclaredInput[] {
  return [...text.matchAll(pattern)].flatMap((match) => {
    const name = match[1];
    if (name === undefined || OF_THE_SYSTEM.test(name)) return [];
    const required = isRequired(text.slice(match.index + match[0].length));
    return [inputFrom({ name, kind, required, source })];
  });
}

export function inputFrom(
  input: Pick<DeclaredInput, 'name' | 'kind' | 'required' | 'source'>,
): DeclaredInput {
  const secret = input.kind === 'environment' && SECRET.test(input.name);
  return { ...input, secret, defaultValue: null, description: null };
}

function isPositional({ kind, name }: DeclaredInput): boolean {
  return kind === 'argument' && !name.startsWith('-');
}

function isRequired(rest: string): boolean {
  const near = rest.slice(0, CHECK_DISTANCE);
  if (FALLS_BACK.test(near)) return false;
  const check = IS_EMPTY.exec(near);
  return check !== null && REFUSES.test(near.slice(check.index, check.index + CHECK_DISTANCE));
}
