import type { BuildPlan, Evidence, Rejected, ServerStart } from '../../core/build-plan.js';
import type { Missing } from './dependencies.js';
import type { Install } from './install.js';
import type { Layout } from './layout.js';
import type { PythonChoice } from './python-version.js';
import type { Reading } from './reading.js';
import type { SystemPackages } from './system-packages.js';

/** What the manifest says about the project, for labels and results. */
export function metadataOf(reading: Reading): BuildPlan['metadata'] {
  const { manifest, project } = reading;
  const { folder, gitVersion } = project;
  const fallback = folder === '.' ? 'server' : (folder.split('/').at(-1) ?? 'server');
  if (manifest === undefined) return { ...unknown, name: fallback, version: gitVersion };
  return {
    name: manifest.name ?? fallback,
    version: manifest.version ?? gitVersion,
    description: manifest.description,
    author: manifest.author,
    license: manifest.license,
    dependencies: Object.fromEntries(
      manifest.requirements.map((one) => [one.name, one.url ?? (one.specifier || '*')]),
    ),
  };
}

const unknown = { description: null, author: null, license: null, dependencies: {} };

/** A console script that is named like the project leaves no doubt; a guessed runner much. */
export function confidenceOf(reading: Reading): number {
  const { entry } = reading;
  const base = { script: 0.9, module: 0.8, file: 0.8, call: 0.6, object: 0.5 }[entry.what];
  const second = reading.entries[1];
  const doubt = second !== undefined && entry.score - second.score < 3 ? 0.1 : 0;
  return Math.round((base + (entry.score >= 75 ? 0.08 : 0) - doubt) * 100) / 100;
}

export interface Decisions {
  readonly python: PythonChoice;
  readonly layout: Layout;
  readonly missing: Missing;
  readonly install: Install;
  readonly packages: SystemPackages;
  readonly start: ServerStart;
}

export function evidenceOf(reading: Reading, decisions: Decisions): Evidence[] {
  const { entry, manifest } = reading;
  const { python, layout, missing, install, packages, start } = decisions;
  const declared = manifest?.declaredIn ?? manifest?.requirementsFile ?? entry.file;
  return [
    {
      field: 'language',
      value: 'python',
      source: declared,
      reason: 'It declares a Python project.',
    },
    {
      field: 'languageVersion',
      value: python.versions[0] ?? '',
      source: python.source,
      reason: python.reason,
    },
    {
      field: 'packageManager',
      value: install.manager,
      source: reading.lock?.path ?? declared,
      reason: 'Its file decides how the dependencies are installed.',
    },
    ...install.evidence,
    { field: 'build', value: layout.mode, source: declared, reason: layout.reason },
    { field: 'start', value: start.start.join(' '), source: entry.source, reason: entry.reason },
    { field: 'transport', value: start.transport.kind, source: entry.file, reason: start.source },
    ...missing.extras.map((extra) => ({
      field: 'install',
      value: extra,
      source: declared,
      reason: 'Only this extra brings what the server imports.',
    })),
    ...missing.groups.map((group) => ({
      field: 'install',
      value: group,
      source: declared,
      reason: 'Only this group brings what the server imports.',
    })),
    ...missing.undeclared.map((one) => ({
      field: 'install',
      value: one.text,
      source: entry.file,
      reason: 'The server imports it and no manifest names it.',
    })),
    ...packages.reasons.map(([value, reason]) => ({
      field: 'aptPackages',
      value,
      source: 'dependencies',
      reason,
    })),
  ];
}

export function rejectedOf(reading: Reading): Rejected[] {
  const others = reading.entries.slice(1, 9).map((one) => ({
    field: 'start',
    value: one.name,
    reason: `${reading.entry.name} is the better way to start: ${reading.entry.reason}`,
  }));
  return [...reading.rejected, ...others];
}
