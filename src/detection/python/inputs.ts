import type { DeclaredInput } from '../../core/build-plan.js';
import type { SourceFile } from './modules.js';
import { callsOf, keywordLiteral, keywordText, leadingTexts } from './python-text.js';

/** What the sources read from the environment and from their arguments; the declared ones win. */
export function inputsOf(
  files: readonly SourceFile[],
  declared: readonly DeclaredInput[],
): DeclaredInput[] {
  const found = new Map<string, DeclaredInput>();
  for (const one of [...declared, ...files.flatMap((file) => inputsOfFile(file))]) {
    const key = `${one.kind} ${one.name}`;
    const known = found.get(key);
    if (known === undefined) found.set(key, one);
    else if (
      one.required &&
      !known.required &&
      known.defaultValue === null &&
      !declared.includes(known)
    ) {
      found.set(key, { ...known, required: true });
    }
  }
  return [...found.values()].slice(0, 200);
}

/** Set by every system, or by the image itself. */
const system =
  /^(?:PATH|HOME|USER|USERNAME|USERPROFILE|SHELL|LANG|LC_\w+|PWD|TMPDIR|TEMP|TMP|TERM|APPDATA|LOCALAPPDATA|XDG_\w+|PYTHON\w*|VIRTUAL_ENV|DISPLAY|HOSTNAME|CI|PYTEST\w*|NO_COLOR|FASTMCP_\w+)$/;
const secretName = /KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|SESSION_STRING|_PASS$|(?:^|_)PAT$/;

function inputsOfFile(file: SourceFile): DeclaredInput[] {
  return [...variables(file), ...settings(file), ...options(file)];
}

function variables(file: SourceFile): DeclaredInput[] {
  const { code } = file;
  const read =
    /\b(?:os\.)?(getenv|environ\.get|environ)\s*[([]\s*["']([A-Za-z_]\w*)["']\s*(?:,\s*(["'][^"'\n]*["']|[^\s),\]]+))?/g;
  return [...code.matchAll(read)].flatMap((match) => {
    const name = match[2] ?? '';
    const after = code.slice(match.index + match[0].length, match.index + match[0].length + 40);
    if (system.test(name) || /^\s*\]\s*=(?!=)/.test(after)) return [];
    const literal = /^["']([^"'\n]*)["']$/.exec(match[3] ?? '')?.[1] ?? null;
    const direct = match[1] === 'environ';
    const required = direct || (match[3] === undefined && failsWithout(code, match.index, after));
    return [
      input({ kind: 'environment', name, required, defaultValue: literal, source: file.path }),
    ];
  });
}

/** `x = os.getenv("X")` that a `raise` or an exit follows, or `int(os.getenv("X"))`. */
function failsWithout(code: string, at: number, after: string): boolean {
  const line = code.slice(code.lastIndexOf('\n', at) + 1, at);
  if (/\b(?:int|float)\(\s*(?:os\.)?$/.test(line)) return !/^\s*\)\s*or\b/.test(after);
  const variable = /(\w+)\s*(?::[^=\n]+)?=\s*(?:os\.)?$/.exec(line)?.[1];
  if (variable === undefined || /^\s*\)\s*or\b/.test(after)) return false;
  const check = new RegExp(
    String.raw`\bif\s+(?:not\s+[^:\n]*\b${variable}\b|${variable}\s+is\s+None)[^\n]*:\s*\n?(?:[^\n]*\n){0,4}?[^\n]*\b(?:raise\b|sys\.exit|exit\()`,
  );
  return check.test(code);
}

function input(
  facts: Pick<DeclaredInput, 'kind' | 'name' | 'required' | 'defaultValue' | 'source'>,
): DeclaredInput {
  const secret = secretName.test(facts.name.toUpperCase().replaceAll('-', '_'));
  return { ...facts, secret, defaultValue: secret ? null : facts.defaultValue, description: null };
}

/** Fields of pydantic's settings: the prefix and the field's name in capitals. */
function settings(file: SourceFile): DeclaredInput[] {
  const classes = [
    ...file.code.matchAll(
      /^class\s+\w+\([^)]*\bBaseSettings\b[^)]*\):\n((?:[ \t]+[^\n]*\n|\n)*)/gm,
    ),
  ];
  return classes.flatMap((match) => {
    const body = match[1] ?? '';
    const prefix = /\benv_prefix\s*=\s*["'](\w*)["']/.exec(body)?.[1] ?? '';
    return [...body.matchAll(/^[ \t]+([a-z]\w*)\s*:\s*([^=\n]+?)\s*(?:=\s*([^\n]+))?$/gim)].flatMap(
      (field) => {
        const name = field[1] ?? '';
        if (name === 'model_config') return [];
        const value = field[3] ?? '';
        const alias = /\b(?:validation_alias|alias|env)\s*=\s*["'](\w+)["']/.exec(value)?.[1];
        const required = value === '' || /^Field\(\s*\.\.\./.test(value);
        const literal = /^["']([^"'\n]*)["']/.exec(value)?.[1] ?? null;
        const variable = alias ?? `${prefix}${name}`.toUpperCase();
        return [
          input({
            kind: 'environment',
            name: variable,
            required,
            defaultValue: literal,
            source: file.path,
          }),
        ];
      },
    );
  });
}

/** Arguments that a command line cannot do without. */
function options(file: SourceFile): DeclaredInput[] {
  // Arguments of one of several commands are not those of the server.
  const calls = /\.add_parser\s*\(/.test(file.code)
    ? []
    : callsOf(file.code, /\badd_argument\s*\(/g);
  const parsed = calls.flatMap((call) => argument(call, file.path));
  const decorated = callsOf(file.code, /@click\.(?:option|argument)\s*\(/g)
    .filter((call) => /\brequired\s*=\s*True\b/.test(call))
    .flatMap((call) => argument(`${call}, required=True`, file.path));
  return [...parsed, ...decorated];
}

function argument(call: string, path: string): DeclaredInput[] {
  const names = leadingTexts(call);
  const name = names.find((one) => one.startsWith('--')) ?? names[0];
  if (name === undefined) return [];
  if (/store_true|store_false|["']version["']|["']help["']/.test(call)) return [];
  const positional = !name.startsWith('-');
  const many = /\bnargs\s*=\s*["'][*?]["']/.test(call);
  const required = positional ? !many : /\brequired\s*=\s*True\b/.test(call);
  if (!required || keywordText(call, 'default') !== undefined) return [];
  const description = keywordLiteral(call, 'help') ?? null;
  return [
    {
      ...input({ kind: 'argument', name, required: true, defaultValue: null, source: path }),
      description,
    },
  ];
}
