import { join, parentOf } from '../support/paths.js';
import type { SourceTree } from '../source-tree.js';
import { elementsAt, parseXml, xmlText } from './xml.js';

/** A project of .NET, with what Directory.Build.props above it says. */
export interface DotnetProject {
  /** The csproj, in the repository. */
  readonly path: string;
  readonly name: string;
  readonly assembly: string;
  readonly frameworks: readonly string[];
  /** The major version of the newest framework that runs on Linux. */
  readonly version: number | null;
  readonly runs: boolean;
  readonly isWeb: boolean;
  readonly packages: Readonly<Record<string, string>>;
  readonly description: string | null;
  readonly author: string | null;
  readonly license: string | null;
  readonly declaredVersion: string | null;
}

const FRAMEWORK = /^net(\d+)\.0$/;

/** Undefined when the file is not XML with a project in it. */
export async function readDotnetProject(
  tree: SourceTree,
  path: string,
): Promise<DotnetProject | undefined> {
  const root = elementsAt(parseXml(await tree.read(path)), 'Project')[0];
  if (root === undefined) return undefined;
  const all = [root, ...(await sharedProperties(tree, parentOf(path)))];
  const property = (name: string): string | null =>
    all.map((one) => xmlText(one, 'PropertyGroup', name)).find((text) => text !== undefined) ??
    null;
  const name = (path.split('/').at(-1) ?? path).replace(/\.csproj$/, '');
  const frameworks = frameworksOf(property('TargetFrameworks') ?? property('TargetFramework'));
  const packages = packagesOf(root);
  const isWeb = isWebProject(root, packages);
  return {
    path,
    name,
    assembly: plainName(property('AssemblyName')) ?? name,
    frameworks,
    version: newest(frameworks),
    runs: isWeb || /^(?:win)?exe$/i.test(property('OutputType') ?? ''),
    isWeb,
    packages,
    description: property('Description'),
    author: property('Authors'),
    license: property('PackageLicenseExpression'),
    declaredVersion: property('Version'),
  };
}

async function sharedProperties(tree: SourceTree, folder: string): Promise<unknown[]> {
  const found: unknown[] = [];
  for (let at = folder; ; at = parentOf(at)) {
    const text = await tree.read(join(at, 'Directory.Build.props'));
    found.push(...elementsAt(parseXml(text), 'Project'));
    if (at === '.') return found;
  }
}

function isWebProject(root: unknown, packages: DotnetProject['packages']): boolean {
  const references = elementsAt(root, 'ItemGroup', 'FrameworkReference', '@Include');
  return (
    (xmlText(root, '@Sdk') ?? '').endsWith('.Web') ||
    Object.hasOwn(packages, 'ModelContextProtocol.AspNetCore') ||
    references.includes('Microsoft.AspNetCore.App')
  );
}

function frameworksOf(text: string | null): string[] {
  const names = (text ?? '').split(';').map((one) => one.trim());
  return names.filter((one) => one !== '');
}

function packagesOf(root: unknown): Record<string, string> {
  const found: Record<string, string> = {};
  for (const one of elementsAt(root, 'ItemGroup', 'PackageReference')) {
    const name = xmlText(one, '@Include');
    if (name === undefined) continue;
    found[name] = xmlText(one, '@Version') ?? xmlText(one, 'Version') ?? '*';
  }
  return found;
}

function newest(frameworks: readonly string[]): number | null {
  const versions = frameworks.flatMap((one) => FRAMEWORK.exec(one)?.[1] ?? []).map(Number);
  return versions.length === 0 ? null : Math.max(...versions);
}

function plainName(name: string | null): string | undefined {
  return name !== null && /^[\w.-]+$/.test(name) ? name : undefined;
}
