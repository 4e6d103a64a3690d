import { join, parentOf } from '../support/paths.js';
import { parseToml, tableAt, textAt } from '../support/toml.js';
import type { SourceTree } from '../source-tree.js';
import type { JavaPackaging, JavaProject } from './java-project.js';

const BUILD_FILES = ['build.gradle.kts', 'build.gradle'];
const SETTINGS = ['settings.gradle.kts', 'settings.gradle'];

/** The Gradle projects in a folder and in those that its settings include. */
export async function readGradle(tree: SourceTree, folder: string): Promise<JavaProject[]> {
  const root = gradleRoot(tree, folder);
  const settings = (await firstText(tree, root, SETTINGS)) ?? '';
  const included = folder === root ? includedFolders(settings, root) : [];
  const found: JavaProject[] = [];
  for (const place of [folder, ...included]) {
    const project = await gradleProject(tree, { folder: place, root, settings });
    if (project) found.push(project);
  }
  return found;
}

interface Place {
  readonly folder: string;
  readonly root: string;
  readonly settings: string;
}

async function gradleProject(
  tree: SourceTree,
  { folder, root, settings }: Place,
): Promise<JavaProject | undefined> {
  const manifest = BUILD_FILES.map((name) => join(folder, name)).find((path) =>
    tree.files.includes(path),
  );
  const text = manifest === undefined ? undefined : await tree.read(manifest);
  if (manifest === undefined || text === undefined) return undefined;
  const code = text.replace(/^\s*\/\/.*$/gm, '');
  const catalog = parseToml(await tree.read(join(root, 'gradle/libs.versions.toml')));
  const wrapper = await tree.read(join(root, 'gradle/wrapper/gradle-wrapper.properties'));
  const named = firstGroup(/rootProject\.name\s*=\s*["']([\w.-]+)["']/, settings);
  return {
    tool: 'gradle',
    manifest,
    root,
    folder,
    name: (folder === root ? named : folder.split('/').at(-1)) ?? 'server',
    version: firstGroup(/^version\s*=\s*["']([^"']+)["']/m, code),
    description: firstGroup(/^description\s*=\s*["']([^"']+)["']/m, code),
    java: javaOf(code),
    dependencies: dependenciesOf(code, catalog),
    packaging: packagingOf(code, catalog),
    mainClass: mainClassOf(code),
    gradle: Number(firstGroup(/gradle-(\d+)\./, wrapper ?? '')) || null,
  };
}

function gradleRoot(tree: SourceTree, folder: string): string {
  for (let at = folder; ; at = parentOf(at)) {
    if (SETTINGS.some((name) => tree.files.includes(join(at, name)))) return at;
    if (at === '.') return folder;
  }
}

/** `include(":app", "server:mcp")`: each part of a name is a folder. */
function includedFolders(settings: string, root: string): string[] {
  return [...settings.matchAll(/^\s*include\b\s*\(?([^)\n]*(?:\n\s*["'][^)\n]*)*)/gm)].flatMap(
    ([, list = '']) =>
      [...list.matchAll(/["']:?([\w:.-]+)["']/g)].map(([, name = '']) =>
        join(root, name.replaceAll(':', '/')),
      ),
  );
}

function javaOf(code: string): number | null {
  const found =
    /JavaLanguageVersion\.of\(\s*["']?(\d+)/.exec(code)?.[1] ??
    /jvmToolchain\(\s*(\d+)/.exec(code)?.[1] ??
    /(?:sourceCompatibility|targetCompatibility|release)\b[^\n]*?(?:VERSION_)?(?:1[._])?(\d{1,2})\b/.exec(
      code,
    )?.[1];
  return found === undefined ? null : Number(found);
}

const DEPENDENCY =
  /\b(?:implementation|api|runtimeOnly|compile)\b\s*\(?\s*["']([\w.-]+:[\w.-]+)(?::([\w.${}-]+))?["']/g;
const CATALOG_DEPENDENCY = /\b(?:implementation|api|runtimeOnly)\s*\(?\s*libs\.([\w.]+)/g;

function dependenciesOf(code: string, catalog: unknown): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [, name = '', version = '*'] of code.matchAll(DEPENDENCY)) found[name] = version;
  for (const [, alias = ''] of code.matchAll(CATALOG_DEPENDENCY)) {
    const entries = Object.entries(tableAt(catalog, 'libraries'));
    const entry = entries.find(([key]) => key.replace(/[-_]/g, '.') === alias)?.[1];
    const group = textAt(entry, 'group');
    const artifact = textAt(entry, 'name');
    const module = textAt(entry, 'module') ?? (group && artifact && `${group}:${artifact}`);
    if (module !== undefined) found[module] = textAt(entry, 'version') ?? '*';
  }
  return found;
}

const PACKAGERS: readonly (readonly [plugin: RegExp, packaging: JavaPackaging])[] = [
  [/org\.springframework\.boot/, 'spring-boot'],
  [/io\.quarkus/, 'quarkus'],
  [/shadow/i, 'fat-jar'],
  [
    /(?:id\s*\(?["']application["']|^\s*application\s*$|apply plugin:\s*["']application["'])/m,
    'application',
  ],
];

/** By the plugins, with the names that stand in the version catalog behind their aliases. */
function packagingOf(code: string, catalog: unknown): JavaPackaging {
  const block = /plugins\s*\{([\s\S]*?)\n\}/.exec(code)?.[1] ?? '';
  const applied = [...code.matchAll(/apply\s*\(?plugin[:=].*$/gm)].map(([line]) => line);
  const aliased = [...block.matchAll(/libs\.plugins\.([\w.]+)/g)].map(([, alias = '']) => {
    const entries = Object.entries(tableAt(catalog, 'plugins'));
    const entry = entries.find(([key]) => key.replace(/[-_]/g, '.') === alias)?.[1];
    return textAt(entry, 'id') ?? (typeof entry === 'string' ? entry : '');
  });
  const plugins = [block, ...applied, ...aliased].join('\n');
  return PACKAGERS.find(([plugin]) => plugin.test(plugins))?.[1] ?? 'jar';
}

function mainClassOf(code: string): string | null {
  const written = /mainClass(?:Name)?(?:\.set\(|\s*=)\s*["']?([\w.$]+)/.exec(code)?.[1];
  if (written === undefined || written.includes('.')) return written ?? null;
  // A variable of the build file.
  return new RegExp(`\\b${written}\\s*=\\s*["']([\\w.$]+)["']`).exec(code)?.[1] ?? null;
}

function firstGroup(pattern: RegExp, text: string): string | null {
  return pattern.exec(text)?.[1] ?? null;
}

async function firstText(
  tree: SourceTree,
  folder: string,
  names: readonly string[],
): Promise<string | undefined> {
  const path = names.map((name) => join(folder, name)).find((one) => tree.files.includes(one));
  return path === undefined ? undefined : tree.read(path);
}
