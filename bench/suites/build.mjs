/** Builds: ours, and the engine's client with the same Dockerfile. */
import { randomUUID } from 'node:crypto';
import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createDockerBuilder } from 'slipway';
import { timed } from '../harness/alternate.mjs';
import { row } from '../harness/row.mjs';
import { CERTIFICATE_SECRET, withCertificates } from './client-certificates.mjs';

/**
 * @typedef {import('../harness/scene.mjs').Scene} Scene
 * @typedef {import('../harness/row.mjs').Table} Table
 * @typedef {'first' | 'unchanged' | 'source'} Kind
 * @typedef {Record<Kind, number[]>} Times
 *
 * @typedef {object} Side one of the two builders
 * @property {Times} times
 * @property {(folder: string, tag: string) => Promise<unknown>} build
 */

const FIXTURE = fileURLToPath(new URL('../../tests/fixtures/servers/npm', import.meta.url));

/** @type {readonly (readonly [Kind, string])[]} */
const KINDS = [
  ['first', 'first build'],
  ['unchanged', 'nothing changed'],
  ['source', 'one source file changed'],
];

/**
 * @param {Scene} scene
 * @returns {Promise<Table[]>}
 */
export async function build(scene) {
  const parent = await mkdtemp(join(tmpdir(), 'slipway-bench-'));
  const remove = () => rm(parent, { recursive: true, force: true, maxRetries: 3 });
  scene.atEnd(remove);
  const ours = slipwaySide(scene);
  const sides = [ours, clientSide(scene, parent)];
  // The packages are in the builder's cache from here on, for both.
  await ours.build(await newSources(parent), `${scene.labels['slipway-bench']}-warm-up`);
  for (let round = 0; round < scene.scale.fewRounds; round += 1) {
    const inTurn = round % 2 === 0 ? sides : sides.toReversed();
    for (const side of inTurn) await oneRound(side, await newSources(parent));
  }
  await remove();
  return [tableOf(sides)];
}

/** @param {readonly Side[]} sides ours, then the client */
function tableOf([ours, client]) {
  const rows = KINDS.flatMap(([kind, title]) => {
    const base = client?.times[kind] ?? [];
    const samples = ours?.times[kind] ?? [];
    return [
      row({
        id: `${kind}-docker-build`,
        name: `${title}: docker build`,
        unit: 's',
        samples: base,
        base,
      }),
      row({ id: `${kind}-slipway`, name: `${title}: buildImage`, unit: 's', samples, base }),
    ];
  });
  return {
    id: 'build',
    title: 'A server in TypeScript, installed with npm, to an image',
    base: 'docker build of the Dockerfile that Slipway writes',
    rows,
    notes: [
      'Ratios are to docker build of the same kind. Nothing is in the layer cache at a first build; packages were downloaded before. Without the proof that the image answers, which docker build has not.',
    ],
  };
}

/**
 * @param {Side} side
 * @param {string} folder
 */
async function oneRound({ build: run, times }, folder) {
  const tag = randomUUID();
  const seconds = async () => (await timed(() => run(folder, tag))) / 1000;
  times.first.push(await seconds());
  times.unchanged.push(await seconds());
  await appendFile(join(folder, 'src/index.ts'), `\n// ${randomUUID()}\n`);
  times.source.push(await seconds());
}

/**
 * Sources that no layer cache has seen: the file that the packages are installed by is new.
 *
 * @param {string} parent
 * @returns {Promise<string>} a folder
 */
async function newSources(parent) {
  const folder = await mkdtemp(join(parent, 'sources-'));
  await cp(FIXTURE, folder, { recursive: true });
  const manifest = join(folder, 'package.json');
  const text = await readFile(manifest, 'utf8');
  await writeFile(manifest, text.replace('An MCP server', `An MCP server ${randomUUID()}`));
  return folder;
}

/**
 * @param {Scene} scene
 * @returns {Side}
 */
function slipwaySide(scene) {
  const builder = createDockerBuilder({ dockerHost: scene.endpoint.dockerHost });
  scene.atEnd(() => builder.close());
  return {
    times: { first: [], unchanged: [], source: [] },
    build: (folder, tag) =>
      builder.buildImage({
        repoPath: folder,
        deploymentId: `bench-${tag}`,
        labels: scene.labels,
        prefer: 'generated',
        probe: false,
      }),
  };
}

/**
 * @param {Scene} scene
 * @param {string} parent
 * @returns {Side}
 */
function clientSide(scene, parent) {
  const builder = createDockerBuilder({ dockerHost: scene.endpoint.dockerHost });
  scene.atEnd(() => builder.close());
  const certificates = process.env['NODE_EXTRA_CA_CERTS'];
  /** @type {Map<string, Promise<string>>} */
  const dockerfiles = new Map();
  const dockerfileOf = async (/** @type {string} */ folder) => {
    const { text } = await builder.generateDockerfile('auto', folder);
    const file = join(parent, `Dockerfile-${randomUUID()}`);
    await writeFile(file, certificates === undefined ? text : withCertificates(text));
    return file;
  };
  const secret =
    certificates === undefined ? [] : ['--secret', `id=${CERTIFICATE_SECRET},src=${certificates}`];
  return {
    times: { first: [], unchanged: [], source: [] },
    build: async (folder, tag) => {
      const written = dockerfiles.get(folder) ?? dockerfileOf(folder);
      dockerfiles.set(folder, written);
      const label = ['--label', scene.label];
      const args = ['build', '--quiet', '--file', await written, '--tag', `bench-${tag}`];
      return scene.docker.call([...args, ...label, ...secret, folder], {
        environment: { DOCKER_BUILDKIT: '1' },
      });
    },
  };
}
