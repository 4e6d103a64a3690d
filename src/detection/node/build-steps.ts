import type { BuildStep } from '../../core/build-plan.js';
import { bundles } from './resolve-entry.js';
import { programOf } from './manager-commands.js';
import type { PackageManifest } from './manifest.js';
import type { ManagerChoice, NodeManager } from './package-manager.js';
import { imagePath, wayTo } from './paths.js';
import { calls, commandsOf, scriptText } from './scripts.js';
import type { SourceFile } from './source-files.js';
import type { Layout, Member } from './workspace.js';

/** The script that builds a package, and all it runs; null when none does. */
export interface BuildScript {
  readonly name: string;
  readonly text: string;
}

/** `prepare` and its like count where they build; by themselves they set up hooks and publish. */
export function buildScriptOf(manifest: PackageManifest): BuildScript | null {
  const names = [
    'build',
    ...[...manifest.scripts.keys()].filter((name) => PARTIAL.test(name)).sort(),
  ];
  const named = [...names, 'compile', 'bundle'].find((name) => manifest.scripts.has(name));
  const hooks = ['prepare', 'prepack', 'prepublishOnly', 'postinstall'];
  const found = named ?? hooks.find((name) => builds(scriptText(manifest, name)));
  if (found === undefined) return null;
  const text = scriptText(manifest, found);
  return PUBLISHES.test(text) ? null : { name: found, text };
}

/** `build:server` where there is no `build`. */
const PARTIAL = /^build:(?:prod|server|mcp|stdio|node|all|ts)$/;
const PUBLISHES = /\b(?:npm|pnpm|yarn|bun) publish\b|\bnpm login\b/;

function builds(text: string): boolean {
  return calls(text, 'tsc') || bundles(text) || calls(text, 'mcp-build') || calls(text, 'xmcp');
}

export interface BuildContext {
  readonly layout: Layout;
  readonly choice: ManagerChoice;
  readonly script: BuildScript | null;
  /** The file that is started, relative to the repository. */
  readonly entry: string;
  /** It is there before any build, and so is all it imports. */
  readonly entryIsSource: boolean;
  /** It is there before any build, so that it says nothing about the build. */
  readonly entryIsThere: boolean;
  readonly files: ReadonlyMap<string, SourceFile>;
}

/** A package beside the target may fail: the build of the target shows whether it was needed. */
export function buildSteps(context: BuildContext): BuildStep[] {
  const { layout, choice } = context;
  if (context.entryIsSource) return patchSteps(layout);
  const used = usedMembers(context).flatMap((member) => {
    const script = buildScriptOf(member.manifest);
    return script === null
      ? []
      : [{ ...scriptStep(script.name, member.folder, context), otherwise: ['true'] }];
  });
  return [...patchSteps(layout), ...used, ...ownBuild(context, programOf(choice, rootOf(layout)))];
}

/**
 * The target's script, else the root's, else the compiler itself. A compiler that complains about types still
 * writes its output: what counts is that the entry is there.
 */
function ownBuild(context: BuildContext, program: readonly string[]): BuildStep[] {
  const { layout, script } = context;
  const folder = wayTo(layout.context, layout.target.folder);
  const made = imagePath(layout.context, context.entry);
  const otherwise = context.entryIsThere ? undefined : ['test', '-s', made];
  if (script !== null) {
    return [{ ...scriptStep(script.name, layout.target.folder, context), otherwise }];
  }
  const root = layout.root === layout.target ? null : buildScriptOf(layout.root.manifest);
  if (root !== null) {
    const at = wayTo(layout.context, layout.root.folder);
    return [{ run: [...program, 'run', root.name], folder: at, otherwise }];
  }
  return [{ run: ['npx', '--no-install', 'tsc', '-p', '.'], folder, otherwise }];
}

function scriptStep(name: string, folder: string, { layout, choice }: BuildContext): BuildStep {
  return {
    run: [...programOf(choice, rootOf(layout)), 'run', name],
    folder: wayTo(layout.context, folder),
  };
}

function rootOf(layout: Layout): string {
  return imagePath(layout.context, layout.root.folder);
}

/** Scripts are off at the install, so patch-package has not run. */
function patchSteps(layout: Layout): BuildStep[] {
  const { folder, manifest } = layout.root;
  const patches = ['postinstall', 'prepare'].some((name) =>
    calls(scriptText(manifest, name), 'patch-package'),
  );
  if (!patches) return [];
  return [{ run: ['npx', '--no-install', 'patch-package'], folder: wayTo(layout.context, folder) }];
}

/** Of the packages a server depends on, those that run in it: the others are for its tests. */
function usedMembers({ layout, files }: BuildContext): Member[] {
  const used = new Set<string>();
  const waiting = [layout.target];
  for (let member = waiting.pop(); member !== undefined; member = waiting.pop()) {
    const imported = importsIn(member.folder, files);
    for (const needed of layout.needed) {
      const name = needed.manifest.name ?? '';
      const wanted = member.manifest.dependencies.has(name) || imported.has(name);
      if (!wanted || used.has(needed.folder)) continue;
      used.add(needed.folder);
      waiting.push(needed);
    }
  }
  return layout.needed.filter(({ folder }) => used.has(folder));
}

function importsIn(folder: string, files: ReadonlyMap<string, SourceFile>): Set<string> {
  const found = new Set<string>();
  for (const file of files.values()) {
    if (!file.path.startsWith(folder === '.' ? '' : `${folder}/`)) continue;
    for (const specifier of file.imports) {
      const parts = specifier.split('/');
      found.add(specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? ''));
    }
  }
  return found;
}

/** Managers that the scripts call beside the project's own. */
export function calledManagers(texts: readonly string[]): NodeManager[] {
  const words = new Set(
    texts.flatMap((text) => [
      ...commandsOf(text).map(([program]) => program),
      ...(/\bbunx?\b/.test(text) ? ['bun'] : []),
    ]),
  );
  return (['bun', 'pnpm', 'yarn'] as const).filter((name) => words.has(name));
}
