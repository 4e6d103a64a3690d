import { balanced, codeOf, keywordLiteral } from './python-text.js';
import { parseRequirement, parseRequirementsFile, type Requirement } from './requirement.js';

/** What setup.py or setup.cfg says, as far as it says it in literals. */
export interface SetupFacts {
  readonly file: 'setup.py' | 'setup.cfg';
  readonly name: string | null;
  readonly version: string | null;
  readonly description: string | null;
  readonly requiresPython: string | null;
  readonly requirements: readonly Requirement[];
  /** Name and target: `["x", "pkg.module:main"]`. */
  readonly scripts: readonly (readonly [string, string])[];
}

/** Undefined without either file. setup.cfg fills what setup.py leaves open. */
export async function readSetup(
  read: (name: string) => Promise<string | undefined>,
): Promise<SetupFacts | undefined> {
  const script = await read('setup.py');
  const configuration = await read('setup.cfg');
  const fromScript = script === undefined ? undefined : readScript(script);
  const fromFile = configuration === undefined ? undefined : readConfiguration(configuration);
  if (fromScript === undefined) return fromFile?.name === null ? undefined : fromFile;
  return fromFile === undefined ? fromScript : filled(fromScript, fromFile);
}

function filled(script: SetupFacts, other: SetupFacts): SetupFacts {
  return {
    file: 'setup.py',
    name: script.name ?? other.name,
    version: script.version ?? other.version,
    description: script.description ?? other.description,
    requiresPython: script.requiresPython ?? other.requiresPython,
    requirements: script.requirements.length > 0 ? script.requirements : other.requirements,
    scripts: script.scripts.length > 0 ? script.scripts : other.scripts,
  };
}

function readScript(source: string): SetupFacts {
  const code = codeOf(source);
  const opening = /\bsetup\s*\(/.exec(code);
  const call = opening === null ? code : code.slice(opening.index);
  return {
    file: 'setup.py',
    name: keywordLiteral(call, 'name') ?? null,
    version: keywordLiteral(call, 'version') ?? null,
    description: keywordLiteral(call, 'description') ?? null,
    requiresPython: keywordLiteral(call, 'python_requires') ?? null,
    requirements: listedTexts(code, /\binstall_requires\s*=\s*\[/g)
      .map((text) => parseRequirement(text))
      .filter((found) => found !== undefined),
    scripts: listedTexts(code, /["']console_scripts["']\s*:\s*\[/g)
      .map((text) => entryPoint(text))
      .filter((found) => found !== undefined),
  };
}

function listedTexts(code: string, opening: RegExp): string[] {
  return [...code.matchAll(opening)].flatMap((match) =>
    [...balanced(code, match.index + match[0].length).matchAll(/"([^"\n]*)"|'([^'\n]*)'/g)].map(
      (text) => text[1] ?? text[2] ?? '',
    ),
  );
}

function readConfiguration(source: string): SetupFacts {
  const sections = readSections(source);
  const value = (section: string, key: string) => sections.get(section)?.get(key);
  return {
    file: 'setup.cfg',
    name: value('metadata', 'name') ?? null,
    version: literalVersion(value('metadata', 'version')),
    description: value('metadata', 'description') ?? null,
    requiresPython: value('options', 'python_requires') ?? null,
    requirements: parseRequirementsFile(value('options', 'install_requires') ?? ''),
    scripts: (value('options.entry_points', 'console_scripts') ?? '')
      .split('\n')
      .map((text) => entryPoint(text))
      .filter((found) => found !== undefined),
  };
}

/** `attr:` and `file:` point elsewhere. */
function literalVersion(text: string | undefined): string | null {
  return text === undefined || text.includes(':') ? null : text;
}

function readSections(source: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let section = new Map<string, string>();
  let key = '';
  for (const line of source.split(/\r?\n/)) {
    const header = /^\[([^\]]+)\]\s*$/.exec(line);
    const pair = /^([\w.-]+)\s*[=:]\s*(.*)$/.exec(line);
    if (header?.[1] !== undefined) {
      section = new Map();
      sections.set(header[1].trim(), section);
    } else if (pair?.[1] !== undefined) {
      key = pair[1];
      section.set(key, (pair[2] ?? '').trim());
    } else if (/^\s+[^\s#;]/.test(line)) {
      section.set(key, `${section.get(key) ?? ''}\n${line.trim()}`.trim());
    }
  }
  return sections;
}

function entryPoint(text: string): readonly [string, string] | undefined {
  const match = /^\s*([^=\s]+)\s*=\s*(\S+)\s*$/.exec(text);
  return match?.[1] === undefined || match[2] === undefined ? undefined : [match[1], match[2]];
}
