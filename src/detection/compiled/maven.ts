import { join, parentOf } from '../support/paths.js';
import type { SourceTree } from '../source-tree.js';
import type { JavaPackaging, JavaProject } from './java-project.js';
import { elementsAt, parseXml, xmlText } from './xml.js';

/** The modules of a Maven build that make something of their own. */
export async function readMaven(tree: SourceTree, folder: string): Promise<JavaProject[]> {
  const manifest = join(folder, 'pom.xml');
  const pom = elementsAt(parseXml(await tree.read(manifest)), 'project')[0];
  if (pom === undefined) return [];
  const root = topmostPom(tree, folder);
  const modules = elementsAt(pom, 'modules', 'module').filter((one) => typeof one === 'string');
  const below: JavaProject[] = [];
  for (const module of modules) {
    const place = join(folder, module);
    if (place === folder || place.startsWith('..')) continue;
    below.push(...(await readMaven(tree, place)));
  }
  if (xmlText(pom, 'packaging') === 'pom') return below;
  return [await mavenProject(tree, { folder, root, manifest, pom }), ...below];
}

interface Pom {
  readonly folder: string;
  readonly root: string;
  readonly manifest: string;
  readonly pom: unknown;
}

async function mavenProject(
  tree: SourceTree,
  { folder, root, manifest, pom }: Pom,
): Promise<JavaProject> {
  const parents = await parentPoms(tree, folder, root);
  const all = [pom, ...parents];
  const name = xmlText(pom, 'artifactId') ?? folder;
  return {
    tool: 'maven',
    manifest,
    root,
    folder,
    name,
    version: xmlText(pom, 'version') ?? xmlText(pom, 'parent', 'version') ?? null,
    description: xmlText(pom, 'description') ?? null,
    java: javaOf(all),
    dependencies: Object.fromEntries(all.toReversed().flatMap(dependenciesOf)),
    packaging: packagingOf(all),
    mainClass: mainClassOf(all),
    gradle: null,
  };
}

function topmostPom(tree: SourceTree, folder: string): string {
  let root = folder;
  for (let at = folder; at !== '.';) {
    at = parentOf(at);
    if (tree.files.includes(join(at, 'pom.xml'))) root = at;
  }
  return root;
}

async function parentPoms(tree: SourceTree, folder: string, root: string): Promise<unknown[]> {
  const found: unknown[] = [];
  for (let at = folder; at !== root;) {
    at = parentOf(at);
    const text = await tree.read(join(at, 'pom.xml'));
    found.push(...elementsAt(parseXml(text), 'project'));
  }
  return found;
}

const JAVA_PROPERTIES = [
  'maven.compiler.release',
  'java.version',
  'maven.compiler.source',
  'maven.compiler.target',
  'jdk.version',
];

function javaOf(poms: readonly unknown[]): number | null {
  for (const pom of poms) {
    const written = [
      ...JAVA_PROPERTIES.map((name) => xmlText(pom, 'properties', name)),
      ...elementsAt(pom, 'build', 'plugins', 'plugin').map(
        (one) =>
          xmlText(one, 'configuration', 'release') ?? xmlText(one, 'configuration', 'source'),
      ),
    ];
    const numbers = written.flatMap((text) => /^(?:1\.)?(\d+)$/.exec(text ?? '')?.[1] ?? []);
    if (numbers[0] !== undefined) return Number(numbers[0]);
  }
  return null;
}

function dependenciesOf(pom: unknown): [string, string][] {
  const found: [string, string][] = [];
  for (const one of elementsAt(pom, 'dependencies', 'dependency')) {
    if (xmlText(one, 'scope') === 'test') continue;
    const name = `${xmlText(one, 'groupId') ?? ''}:${xmlText(one, 'artifactId') ?? ''}`;
    found.push([name, xmlText(one, 'version') ?? '*']);
  }
  return found;
}

const PACKAGERS: readonly (readonly [plugin: RegExp, packaging: JavaPackaging])[] = [
  [/^spring-boot-maven-plugin$/, 'spring-boot'],
  [/^quarkus-maven-plugin$/, 'quarkus'],
  [
    /^(?:maven-shade-plugin|maven-assembly-plugin|micronaut-maven-plugin|onejar-maven-plugin)$/,
    'fat-jar',
  ],
];

function packagingOf(poms: readonly unknown[]): JavaPackaging {
  const plugins = poms.flatMap((pom) =>
    elementsAt(pom, 'build', 'plugins', 'plugin').map((one) => xmlText(one, 'artifactId') ?? ''),
  );
  const found = PACKAGERS.find(([plugin]) => plugins.some((name) => plugin.test(name)));
  return found?.[1] ?? 'jar';
}

function mainClassOf(poms: readonly unknown[]): string | null {
  for (const pom of poms) {
    const plugins = elementsAt(pom, 'build', 'plugins', 'plugin');
    const named = [
      xmlText(pom, 'properties', 'exec.mainClass'),
      xmlText(pom, 'properties', 'main.class'),
      ...plugins.flatMap((one) => [
        xmlText(one, 'configuration', 'archive', 'manifest', 'mainClass'),
        xmlText(one, 'configuration', 'mainClass'),
      ]),
    ];
    const plain = named.find((name) => name !== undefined && /^[\w.$]+$/.test(name));
    if (plain !== undefined) return plain;
  }
  return null;
}
