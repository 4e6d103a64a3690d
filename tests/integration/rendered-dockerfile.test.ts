import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BuildPlan } from '../../src/core/build-plan.js';
import { silentLogger } from '../../src/core/logger.js';
import { engineConnector } from '../../src/engine/connect.js';
import type { BuiltImage, Engine } from '../../src/engine/ports.js';
import { renderDockerfile } from '../../src/templates/render-dockerfile.js';
import { buildPlan } from '../support/build-plan.js';
import { testExecutor } from '../support/executor.js';

/** Words that mean something to a shell, to a Dockerfile, or to a template. */
const HOSTILE = [
  '"; rm -rf /',
  '$(id)',
  '${HOME}',
  '`id`',
  "it's",
  'a\\',
  '\\',
  '# syntax=evil/frontend',
  '<<EOF',
  '--mount=type=bind,target=/x',
  '{{x}}',
  '&& id',
  '*',
  '~',
  '',
  'ü \u2028 😀',
] as const;

/** Names of files that COPY could take for a pattern, a variable, a quote or a flag. */
const FILES = ['[a]/package.json', '$b/package.json', "it's *?", '"q"', '--chown=1', '<<EOF'];

const BUSYBOX = { build: 'busybox:1.36', run: 'busybox:1.36' };
const PRINT = ['/bin/sh', '-c', 'for word; do printf "%s|" "$word"; done', 'sh'] as const;

const HOSTILE_PLAN: BuildPlan = buildPlan({
  language: 'go',
  bases: [BUSYBOX],
  manifests: FILES,
  install: [
    {
      run: ['/bin/sh', '-c', 'for word; do printf "%s|" "$word"; done > "$TO"', 'sh', ...HOSTILE],
      folder: '[a]',
      environment: { TO: '/app/words $(id)' },
    },
    { run: ['false'], otherwise: ['touch', '/app/otherwise'], folder: '.' },
  ],
  build: [{ run: ['ls', '-1', ...FILES.map((file) => `/app/${file}`)], folder: '.' }],
  workingDirectory: '/app/a "b" $C',
  environment: Object.fromEntries(HOSTILE.map((word, index) => [`WORD_${index}`, word])),
  start: [...PRINT, ...HOSTILE, 'two\nlines\\'],
  args: [...HOSTILE],
});

const { executor, mine } = testExecutor();
const connect = engineConnector({
  logger: silentLogger,
  labelKey: () => Promise.resolve(randomBytes(32)),
});
const tag = `slipway-test-${randomBytes(6).toString('hex')}:1`;
let engine: Engine;
let image: BuiltImage;

beforeAll(async () => {
  engine = await connect();
  const labels = Object.fromEntries(HOSTILE.map((word, index) => [`mcp.word_${index}`, word]));
  image = await build(renderDockerfile(HOSTILE_PLAN, { labels }));
});

afterAll(async () => {
  await engine.images.remove(tag);
  await connect.close?.();
});

async function build(text: string): Promise<BuiltImage> {
  const archive = pack();
  archive.entry({ name: 'Dockerfile' }, text);
  for (const name of FILES) archive.entry({ name }, name);
  archive.finalize();
  return engine.images.build({
    context: Readable.from([await buffer(archive)]),
    dockerfile: 'Dockerfile',
    tag,
    buildArgs: {},
    labels: {},
    pull: false,
    cacheFrom: [],
    secrets: {},
    networkMode: 'none',
    memoryBytes: 0,
    timeoutMs: 100_000,
  });
}

describe('hostile text in a plan that is really built', () => {
  it('is exactly itself in what the image says', () => {
    expect(image.entrypoint).toEqual(HOSTILE_PLAN.start);
    expect(image.command).toEqual(HOSTILE_PLAN.args);
    expect(image.user).toBe('1001:1001');
    expect(image.workingDir).toBe('/app/a "b" $C');
    for (const [index, word] of HOSTILE.entries()) {
      expect(image.environment).toContain(`WORD_${index}=${word}`);
      expect(image.labels[`mcp.word_${index}`]).toBe(
        word.replace('\u2028', ' ').replaceAll(/ +/g, ' '),
      );
    }
  });

  it('is exactly itself for the program that is started', async () => {
    const { stdout } = await executor.executeContainer({ image: tag, ...mine });
    expect(stdout).toBe(`${[...HOSTILE, 'two\nlines\\', ...HOSTILE].join('|')}|`);
  });

  it('was exactly itself for the steps of the build', async () => {
    const script =
      'cat "/app/words \\$(id)"; echo; ls /app/otherwise; id; cat /proc/self/environ | grep -c HOME';
    const run = { image: tag, entrypoint: ['/bin/sh', '-c'], command: [script], ...mine };
    const { stdout } = await executor.executeContainer(run);
    expect(stdout.split('\n')).toEqual([
      `${HOSTILE.join('|')}|`,
      '/app/otherwise',
      'uid=1001(mcp) gid=1001(mcp) groups=1001(mcp)',
      '1',
      '',
    ]);
  });

  it('copied each manifest to its own path', async () => {
    const run = {
      image: tag,
      entrypoint: ['/bin/cat'],
      command: FILES.map((file) => `/app/${file}`),
      ...mine,
    };
    expect((await executor.executeContainer(run)).stdout).toBe(FILES.join(''));
  });
});
