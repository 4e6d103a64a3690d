import { randomBytes } from 'node:crypto';
import { cp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect } from 'vitest';
import {
  createDockerBuilder,
  type BuildEvent,
  type BuildResult,
  type DockerBuildConfig,
  type DockerBuilder,
  type DockerBuilderOptions,
} from '../../src/index.js';
import { askEngine, imagesWithLabel } from './engine-view.js';

/** A folder of `tests/fixtures/servers`. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`../fixtures/servers/${name}`, import.meta.url));
}

/** Copies a fixture, so that a test can change it. */
export async function copyOf(name: string, folder: string): Promise<string> {
  await cp(fixture(name), folder, { recursive: true });
  return folder;
}

/** The files of a fixture, for a Git server. */
export async function filesOf(name: string): Promise<Record<string, string>> {
  const root = fixture(name);
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = entries.flatMap((entry) =>
    entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
  );
  const read = async (path: string): Promise<[string, string]> => [
    path.slice(root.length + 1),
    await readFile(path, 'utf8'),
  ];
  return Object.fromEntries(await Promise.all(paths.map(read)));
}

export interface TestBuilder {
  readonly builder: DockerBuilder;
  /** `name=value` of the label on every image of this suite. */
  readonly label: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Builds under a name of this suite, and tells what was heard on the way. */
  readonly build: (config: DockerBuildConfig) => Promise<Built>;
}

export interface Built {
  readonly result: BuildResult;
  readonly events: readonly BuildEvent[];
}

/** A builder on the real engine; at the end of the file its images are removed. */
export function testBuilder(options: DockerBuilderOptions = {}): TestBuilder {
  const mark = randomBytes(8).toString('hex');
  const builder = createDockerBuilder(options);
  const labels = { 'slipway.test': mark };
  const label = `slipway.test=${mark}`;
  afterAll(async () => {
    await builder.close();
    for (const id of await imagesWithLabel(label)) {
      await askEngine('DELETE', `/images/${id}?force=true`);
    }
    expect(await imagesWithLabel(label)).toEqual([]);
  });
  const build = async (config: DockerBuildConfig): Promise<Built> => {
    const events: BuildEvent[] = [];
    const result = await builder.buildImage({
      deploymentId: `test-${mark}`,
      labels,
      onEvent: (event) => events.push(event),
      ...config,
    });
    return { result, events };
  };
  return { builder, label, labels, build };
}
