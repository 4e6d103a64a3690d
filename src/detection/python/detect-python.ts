import type { Evidence } from '../../core/build-plan.js';
import type { DetectLanguage, Finding, Project } from '../source-tree.js';
import { findEntries } from './entry.js';
import { launchOf, type Launch } from './launch.js';
import { readLock, type LockedProject } from './lock.js';
import { readManifest, type PythonManifest } from './manifest.js';
import { modulesOf, type Modules } from './modules.js';
import { join } from '../support/paths.js';
import { planPython } from './plan.js';
import { factsOf } from './source-facts.js';
import { workspaceOf } from './workspace.js';

/**
 * The plan for a folder of Python: a project with a manifest, or scripts alone. Undefined when
 * neither is there, or when the manifest only holds the settings of other tools.
 */
export const detectPython: DetectLanguage = async (project) => {
  const { tree, folder } = project;
  const manifest = await readManifest(tree, folder);
  const modules = modulesOf(tree, folder, manifest?.pyproject ?? {});
  if (manifest === undefined && !(await hasOwnServer(folder, modules))) return undefined;
  if (isMcpLibrary(modules)) return notServer(project, manifest, modules);
  const launches = launchesOf(project);
  const found = await findEntries(folder, manifest, modules, launches);
  const [entry] = found.entries;
  if (entry === undefined) return notServer(project, manifest, modules);
  const workspace = await workspaceOf(tree, folder, manifest?.pyproject ?? {});
  const lock = await readLock(tree, folder, workspace.uvLock, lockedProject(manifest));
  const plan = await planPython({
    project,
    manifest,
    modules,
    launches,
    workspace,
    lock,
    ...found,
    entry,
  });
  return { kind: 'server', plan };
};

function launchesOf(project: Project): Launch[] {
  return project.hints.starts
    .map((start) => launchOf(start))
    .filter((launch) => launch !== undefined);
}

/** What its own modules are named like is what other servers import. */
function isMcpLibrary(modules: Modules): boolean {
  return ['fastmcp', 'mcp.server.lowlevel', 'fastapi_mcp'].some(
    (name) => modules.find(name) !== undefined,
  );
}

function lockedProject(manifest: PythonManifest | undefined): LockedProject {
  return {
    name: manifest?.name ?? null,
    requirements: manifest?.requirements ?? [],
    prefersPoetry: manifest?.backend?.startsWith('poetry') === true,
  };
}

/** A folder without a manifest counts when one of its own files is a server. */
async function hasOwnServer(folder: string, modules: Modules): Promise<boolean> {
  for (const path of modules.files) {
    if (join(folder, path.split('/').at(-1) ?? '') !== path) continue;
    const file = await modules.source(path);
    if (file !== undefined && factsOf(file).makes) return true;
  }
  return false;
}

async function notServer(
  project: Project,
  manifest: PythonManifest | undefined,
  modules: Modules,
): Promise<Finding | undefined> {
  if (manifest === undefined) return undefined;
  let serves = false;
  let client = false;
  for (const path of modules.files) {
    const file = await modules.source(path);
    if (file === undefined) continue;
    const facts = factsOf(file);
    serves ||= facts.serves;
    client ||= facts.client;
  }
  if (manifest.declaredIn === null && !serves && !client) return undefined;
  const what = manifest.declaredIn ?? manifest.requirementsFile ?? 'The manifest';
  const evidence: Evidence[] = [
    {
      field: 'start',
      value: manifest.scripts.map((script) => script.name).join(', ') || 'none',
      source: join(project.folder, what),
      reason: 'None of its console scripts, modules and files starts an MCP server.',
    },
  ];
  return { kind: 'not_a_server', reason: reasonFor(what, serves, client), evidence };
}

function reasonFor(what: string, serves: boolean, client: boolean): string {
  if (serves) {
    return `${what} declares a library for MCP servers: no console script, module or file of it starts one.`;
  }
  return client
    ? `${what} declares an MCP client: its sources connect to servers and start none.`
    : `${what} declares a Python project, but no file of it imports an MCP library.`;
}
