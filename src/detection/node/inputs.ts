import type { DeclaredInput } from '../../core/build-plan.js';
import type { SourceFile } from './source-files.js';

/** Variables and arguments the code of a server reads, sorted; what the repository declares wins. */
export function inputsOf(
  files: readonly SourceFile[],
  declared: readonly DeclaredInput[],
): DeclaredInput[] {
  const known = new Set(declared.map(({ kind, name }) => `${kind} ${name}`));
  const found = new Map<string, DeclaredInput>();
  const sorted = [...files].sort((one, other) => (one.path < other.path ? -1 : 1));
  for (const file of sorted) {
    for (const input of [...variablesOf(file), ...argumentsOf(file)]) {
      const key = `${input.kind} ${input.name}`;
      const earlier = found.get(key);
      const isNew = earlier === undefined || (!earlier.required && input.required);
      if (isNew && !known.has(key)) found.set(key, input);
    }
  }
  const own = [...found.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
  return [...declared, ...own].slice(0, INPUT_COUNT);
}

const INPUT_COUNT = 200;

/** What every program finds in its environment, or sets how it logs and listens. */
const AMBIENT =
  /^(?:NODE_\w+|npm_\w+|HOME|PATH|PWD|USER|USERNAME|USERPROFILE|SHELL|TERM|TMP|TEMP|TMPDIR|LANG|LC_\w+|TZ|CI|DEBUG|VERBOSE|PORT|HOST|HOSTNAME|LOG_?LEVEL|\w+_LOG_LEVEL|XDG_\w+|APPDATA|LOCALAPPDATA|PROGRAMFILES\w*|HTTPS?_PROXY|NO_PROXY|https?_proxy|no_proxy|VITEST\w*|JEST_\w+|GITHUB_ACTIONS|COLORTERM|NO_COLOR|FORCE_COLOR|DISPLAY|SystemRoot|ComSpec|PATHEXT|VERCEL\w*|\w*TRANSPORT\w*)$/;

const SECRET =
  /KEY|TOKEN|SECRET|PASS(?:WORD|WD)?|CREDENTIAL|AUTH|COOKIE|SESSION|PRIVATE|(?:^|_)PAT(?:_|$)/i;

function variablesOf(file: SourceFile): DeclaredInput[] {
  return variableNames(file.text)
    .filter((name) => !AMBIENT.test(name))
    .map((name) => ({
      kind: 'environment',
      name,
      required: isRequired(name, file.text),
      secret: SECRET.test(name),
      defaultValue: null,
      description: null,
      source: file.path,
    }));
}

function variableNames(text: string): string[] {
  const found = new Set<string>();
  const reads = /\bprocess\.env(?:\.|\?\.|\[['"])([A-Za-z]\w{1,80})/g;
  for (const match of text.matchAll(reads)) found.add(match[1] ?? '');
  for (const match of text.matchAll(
    /\b\w{0,20}[eE]nv\w{0,20}\(\s{0,9}['"]([A-Z][A-Z0-9_]{2,80})['"]/g,
  )) {
    found.add(match[1] ?? '');
  }
  for (const match of text.matchAll(/\{([^{}]{1,1000})\}\s{0,9}=\s{0,9}process\.env\b(?![.[])/g)) {
    for (const part of (match[1] ?? '').split(',')) {
      const name = /^\s*([A-Z]\w{1,80})/.exec(part)?.[1];
      if (name !== undefined) found.add(name);
    }
  }
  return [...found];
}

/** Read without a default, and what follows a check of it throws or ends the program. */
function isRequired(name: string, text: string): boolean {
  const hasDefault = new RegExp(
    `process\\.env(?:\\.|\\[['"])${name}(?:['"]\\])?\\s{0,9}(?:\\|\\||\\?\\?)\\s{0,9}\\S`,
  );
  if (hasDefault.test(text)) return false;
  const names = [name, `process.env.${name}`, ...heldIn(name, text)].map((one) =>
    one.replace('.', '\\.'),
  );
  const check = new RegExp(
    `if\\s?\\(\\s{0,9}!\\s?(?:${names.join('|')})\\s{0,9}(?:\\)|\\|\\|)[^}]{0,300}?(?:throw |process\\.exit\\()`,
  );
  return check.test(text);
}

/** `const key = process.env.API_KEY`. */
function heldIn(name: string, text: string): string[] {
  const held = new RegExp(
    `\\b([A-Za-z]\\w{0,60})(?:\\s?:\\s?string)?\\s?=\\s?process\\.env(?:\\.|\\[['"])${name}\\b`,
  );
  const variable = held.exec(text)?.[1];
  return variable === undefined ? [] : [variable];
}

/** `Usage: server <directory>`: positional arguments that a usage text does not put in brackets. */
function argumentsOf(file: SourceFile): DeclaredInput[] {
  const usage = /\bUsage:\s{0,9}([^\n"'`]{1,200})/i.exec(file.text)?.[1] ?? '';
  const required = usage.replaceAll(/\[[^\]]*\]/g, '');
  return [...required.matchAll(/<([A-Za-z][\w-]{0,40})>/g)].map((match) => ({
    kind: 'argument',
    name: match[1] ?? '',
    required: true,
    secret: SECRET.test(match[1] ?? ''),
    defaultValue: null,
    description: null,
    source: file.path,
  }));
}
