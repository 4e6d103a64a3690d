import type { Rejected } from '../../core/build-plan.js';
import type { Candidate, Entries, Entry } from './entry-types.js';
import { isHinted } from './hinted.js';
import type { Launch } from './launch.js';
import type { ConsoleScript, PythonManifest } from './manifest.js';
import { moduleOf } from './module-name.js';
import type { Modules, SourceFile } from './modules.js';
import { relativeTo } from '../support/paths.js';
import { normalizeName } from './requirement.js';
import { factsOf, factsOfAll, type SourceFacts } from './source-facts.js';
import { unownedStarts } from './unowned-start.js';

/** All ways to start that the manifests, the sources and the hints name. */
export async function findEntries(
  folder: string,
  manifest: PythonManifest | undefined,
  modules: Modules,
  launches: readonly Launch[],
): Promise<Entries> {
  const found: Entry[] = [];
  const rejected: Rejected[] = [];
  for (const candidate of await candidatesOf(folder, manifest, modules)) {
    const sources = await modules.reachable(candidate.file);
    const problem = problemOf(candidate, factsOfAll(sources));
    if (problem === undefined) {
      const hinted = launches.find((launch) => isHinted(candidate, launch, folder));
      const score = scoreOf(candidate, manifest, sources, folder);
      found.push(entryOf(candidate, sources, score, hinted?.source));
    } else if (candidate.what === 'script') {
      rejected.push({ field: 'start', value: candidate.name, reason: problem });
    }
  }
  const entries = found.length > 0 ? found : await unownedStarts(folder, modules);
  return { entries: entries.toSorted(better), rejected };
}

function better(left: Entry, right: Entry): number {
  if (left.score !== right.score) return right.score - left.score;
  if (left.name.length !== right.name.length) return left.name.length - right.name.length;
  return left.name < right.name ? -1 : 1;
}

function entryOf(
  candidate: Candidate,
  sources: readonly SourceFile[],
  score: number,
  hint: string | undefined,
): Entry {
  if (hint === undefined) return { ...candidate, sources, score };
  const reason = `${candidate.reason} ${hint} starts it like this.`;
  return { ...candidate, sources, score: score + 30, reason };
}

async function candidatesOf(
  folder: string,
  manifest: PythonManifest | undefined,
  modules: Modules,
): Promise<Candidate[]> {
  const found = (manifest?.scripts ?? []).flatMap((script) => scriptCandidate(script, modules));
  for (const path of modules.files) {
    const file = path.endsWith('/__init__.py') ? undefined : await modules.source(path);
    if (file === undefined || !startsByItself(file)) continue;
    found.push(fileCandidate(file, folder, modules));
  }
  return found;
}

function scriptCandidate(script: ConsoleScript, modules: Modules): Candidate[] {
  const file = modules.find(script.module);
  if (file === undefined) return [];
  const { module, attribute, name, source } = script;
  const reason = `The console script calls ${module}:${attribute}.`;
  return [{ what: 'script', name, file, target: { module, attribute }, source, reason }];
}

function startsByItself(file: SourceFile): boolean {
  const facts = factsOf(file);
  if (facts.hasMain || file.path.endsWith('/__main__.py')) return true;
  return facts.makes && /^\w[\w.]*\.run\s*\(|^(?:asyncio|anyio)\.run\s*\(/m.test(file.code);
}

function fileCandidate(file: SourceFile, folder: string, modules: Modules): Candidate {
  const { path } = file;
  const source = relativeTo(folder, path) ?? path;
  const module = moduleOf(file, folder, modules);
  if (module === undefined) {
    return {
      what: 'file',
      name: path,
      file: path,
      target: null,
      source,
      reason: 'The file runs itself.',
    };
  }
  const isPackage = path.endsWith('/__main__.py');
  const reason = isPackage ? 'The package has a __main__.py.' : 'The module runs itself.';
  return { what: 'module', name: module, file: path, target: null, source, reason };
}

function problemOf(candidate: Candidate, facts: SourceFacts): string | undefined {
  if (!facts.serves || !facts.makes) return 'What it starts reaches no MCP server.';
  return facts.runs || candidate.what === 'script' ? undefined : 'What it starts runs no server.';
}

const servingName = /(^|[-_.])(mcp|server|serve|stdio)($|[-_.])|mcp/i;
const otherName =
  /(client|install|setup|config|login|auth|generat|session|init|test|bench|eval|migrat|download|export|index(er)?$|example|demo|debug|inspect|check|doctor|admin|ingest|build|release|worker|bridge|addon|agent)/i;

function scoreOf(
  candidate: Candidate,
  manifest: PythonManifest | undefined,
  sources: readonly SourceFile[],
  folder: string,
): number {
  const path = relativeTo(folder, candidate.file) ?? candidate.file;
  const label = candidate.what === 'script' ? candidate.name : path;
  const distance = sources.findIndex((file) => factsOf(file).makes);
  const project = normalizeName(manifest?.name ?? '');
  const own = sources[0] === undefined ? undefined : factsOf(sources[0]);
  const client = own?.client === true && !own.serves ? 25 : 0;
  return (
    baseScore[candidate.what] +
    nameScore(label, project) -
    client -
    Math.min(distance, 10) * 0.5 -
    (label.split('/').length - 1) * 2
  );
}

const baseScore = { script: 60, module: 34, file: 36, call: 12, object: 10 };

function nameScore(label: string, project: string): number {
  const isProject = normalizeName(label) === project;
  const last = label.replace(/\.py$/, '').split('/').at(-1) ?? '';
  const serving = servingName.test(last) ? 6 : 0;
  const usual = /^(?:server|main|app)$/.test(last) ? 4 : last === '__main__' ? 14 : 0;
  // A project that is called demo has a server that is called demo.
  const rest = project === '' ? last : normalizeName(last).replace(project, '');
  const other = isProject || !otherName.test(rest) ? 0 : 20;
  return (isProject ? 15 : 0) + serving + usual - other;
}
