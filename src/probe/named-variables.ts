/** Names of environment variables that a program says it lacks. */
import type { DeclaredInput } from '../core/build-plan.js';

/** @param lines of output, each of a bounded length */
export function environmentNames(
  lines: readonly string[],
  declared: readonly DeclaredInput[],
): readonly string[] {
  const named = [
    ...declaredNames(lines, declared),
    ...certainNames(lines),
    ...complainedNames(lines),
    ...fieldNames(lines, declared),
  ];
  return named.filter((name) => !isAmbient(name));
}

/** Set by a shell, an image or a runtime, or a word of errors and protocols in the same letters. */
export function isAmbient(name: string): boolean {
  return AMBIENT.has(name) || AMBIENT_PREFIX.test(name);
}

const AMBIENT: ReadonlySet<string> = new Set(
  `PATH HOME USER SHELL PWD TERM LANG TZ HOSTNAME TMPDIR CI NODE_ENV NODE_OPTIONS NODE_PATH DEBUG
  LOG_LEVEL VIRTUAL_ENV NO_COLOR FORCE_COLOR HTTP_PROXY HTTPS_PROXY NO_PROXY NOT_FOUND
  METHOD_NOT_FOUND MODULE_NOT_FOUND COMMAND_NOT_FOUND BAD_REQUEST INTERNAL_ERROR
  INTERNAL_SERVER_ERROR PERMISSION_DENIED FAILED_PRECONDITION DEADLINE_EXCEEDED PARSE_ERROR
  CERTIFICATE_VERIFY_FAILED CONNECTION_REFUSED DEPTH_ZERO_SELF_SIGNED_CERT CONFIG_ERROR
  SELF_SIGNED_CERT_IN_CHAIN AUTH_ERROR VALIDATION_ERROR STARTUP_ERROR FATAL_ERROR
  LATEST_PROTOCOL_VERSION UTF_8`.split(/\s+/),
);

const AMBIENT_PREFIX =
  /^(?:ERR|UV|LC|NPM|npm|PYTHON|PIP|UNABLE_TO|INVALID|MISSING|NO|SSL|XDG|DYLD|LD|SIG|HTTP_\d)_|^(?:SIG[A-Z]+|E[A-Z]{3,})$/;

/** The name of an input that the repository declares. */
function declaredNames(
  lines: readonly string[],
  declared: readonly DeclaredInput[],
): readonly string[] {
  const text = lines.join('\n');
  return declared
    .filter(({ kind }) => kind === 'environment')
    .filter(({ name, required, defaultValue }) => {
      const mention = new RegExp(
        `(?<![A-Za-z0-9_])${escape(name)}(?![A-Za-z0-9_])(?!\\s*[:=]\\s*\\S)`,
      );
      return required
        ? mention.test(text) || lacks(lines, mention)
        : defaultValue === null && lacks(lines, mention);
    })
    .map(({ name }) => name);
}

function lacks(lines: readonly string[], mention: RegExp): boolean {
  return lines.some((line) => mention.test(line) && COMPLAINT.test(line));
}

function escape(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_]/g, '\\$&');
}

/** Where a name stands for a variable whatever its form, and the program failed over it. */
const CERTAIN: readonly RegExp[] = [
  /\bKeyError: ['"](?<name>[A-Z][A-Z0-9_]{1,63})['"]/,
  /\b(?:os\.)?(?:getenv|environ\.get|environ)\s*[[(]\s*['"](?<name>[A-Za-z]\w{1,63})['"]/,
  /\bprocess\.env(?:\.|\[['"])(?<name>[A-Za-z]\w{1,63})/,
  /\b(?:os\.)?(?:Getenv|LookupEnv)\("(?<name>\w{2,64})"\)/,
  /\benvironment variables?:? ['"`]?(?<name>[A-Z][A-Z0-9_]{1,63})\b/,
  /\b(?<name>[A-Z][A-Z0-9_]{2,63})['"`]? (?:environment|env) var(?:iable)?\b/,
  /\b(?:env|export|ENV)[ :]+['"`]?(?<name>[A-Z][A-Z0-9]*_[A-Z0-9_]+)(?:=|\b)/,
  // zod's list of issues, and what it prints for people
  /"path": ?\[ ?"(?<name>[A-Z][A-Z0-9_]{1,63})"/,
  /→ at (?<name>[A-Z][A-Z0-9_]{1,63})\b/,
];

/** zod writes its paths over several lines. */
function certainNames(lines: readonly string[]): readonly string[] {
  const joined = lines.map((line, index) =>
    /"path": ?\[\s*$/.test(line) ? `${line.trim()} ${(lines[index + 1] ?? '').trim()}` : line,
  );
  return joined.flatMap((line) =>
    CERTAIN.flatMap((pattern) => pattern.exec(line)?.groups?.['name'] ?? []),
  );
}

const COMPLAINT =
  /\b(?:missing|requires?|required|(?:is|was|are|were|be|been) (?:not |un)set|not (?:set|provided|configured|found|defined|specified|present|available|given)|no(?:t| \w+)? (?:set|provided|configured|found|defined)|must (?:be|provide|set|specify|have)|undefined|unset|empty|please|provide|provided|specify|need(?:s|ed)?|expected|cannot be|can't be|invalid|ensure|make sure|without|set (?:the|your|up|[A-Z])|KeyError|Field required)\b/i;

const VARIABLE = /(?<![A-Za-z0-9_$])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?![A-Za-z0-9_])/g;

/** `X_TOKEN is required`, and names listed on the lines right after such a sentence. */
function complainedNames(lines: readonly string[]): readonly string[] {
  let open = false;
  return lines.flatMap((line) => {
    const complains = COMPLAINT.test(line);
    const names = [...line.matchAll(VARIABLE)].map(([name]) => name);
    const listed = open && /^\s*(?:[-*•✖✗❌→]|\d+[.)]|[A-Z][A-Z0-9_]+\b)/.test(line);
    const counts = (complains || listed) && !/^\s*(?:DEBUG|INFO)\b/.test(line);
    open = (complains && /:\s*$/.test(line)) || (open && names.length > 0);
    return counts ? names : [];
  });
}

/** pydantic: the field on a line of its own, and the reason below it. */
function fieldNames(
  lines: readonly string[],
  declared: readonly DeclaredInput[],
): readonly string[] {
  if (!lines.some((line) => /validation errors? for /i.test(line))) return [];
  return lines.flatMap((line, index) => {
    if (!/^\s+Field required\b/.test(line)) return [];
    const field = /^(?<field>[\w.]{1,64})$/.exec((lines[index - 1] ?? '').trim())?.groups?.[
      'field'
    ];
    return field === undefined ? [] : [variableOf(field, declared)];
  });
}

/** Settings classes add a prefix to the names of their fields. */
function variableOf(field: string, declared: readonly DeclaredInput[]): string {
  const name = field.replaceAll('.', '_').toUpperCase();
  const known = declared.find(
    (input) =>
      input.kind === 'environment' && (input.name === name || input.name.endsWith(`_${name}`)),
  );
  return known?.name ?? name;
}
