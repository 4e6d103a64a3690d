/** From a Git server to a server that is talked to: the whole of `deployFromGitHub`. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createDockerBuilder, type BuildEvent, type RunningServer } from '../../src/index.js';
import { filesOf } from '../support/builder.js';
import { askEngine, imageList, inspect } from '../support/engine-view.js';
import { errorOf } from '../support/failure.js';
import { serveRepository, type ServedRepository } from '../support/git-server.js';
import { LOGIN, LoginRegistry } from '../support/login-registry.js';
import { tempFolders } from '../support/temp-folder.js';

const BUILD_MS = 400_000;

const servers: ServedRepository[] = [];
const builders: ReturnType<typeof createDockerBuilder>[] = [];
let before: readonly string[] = [];

async function serve(name: string): Promise<ServedRepository> {
  const server = await serveRepository({ files: await filesOf(name) });
  servers.push(server);
  return server;
}

function builderFor(server: ServedRepository) {
  const builder = createDockerBuilder({ policy: { repositories: { hosts: [server.origin] } } });
  builders.push(builder);
  return builder;
}

async function isThere(id: string): Promise<boolean> {
  return (await askEngine('GET', `/containers/${id}/json`)) !== undefined;
}

beforeAll(async () => {
  before = await imageList();
});

afterEach(() => {
  vi.unstubAllEnvs();
});

afterAll(async () => {
  await Promise.all(builders.map(async (builder) => builder.close()));
  await Promise.all(servers.map(async (server) => server.close()));
  const added = (await imageList()).filter((line) => !before.includes(line));
  for (const line of added.filter((one) => /mcp-deploy-test/.test(one))) {
    await askEngine('DELETE', `/images/${line.split(' ')[0]}?force=true`);
  }
});

describe('a server on stdio that is deployed', () => {
  let server: RunningServer | null = null;

  it(
    'is cloned, built, proved and runs until it is stopped',
    async () => {
      const served = await serve('npm');
      const events: BuildEvent[] = [];
      const builder = builderFor(served);
      const deployment = await builder.deployFromGitHub({
        repositoryUrl: served.url,
        deploymentId: 'deploy-test-stdio',
        run: true,
        onEvent: (event) => events.push(event),
      });
      expect(deployment.commit).toBe(served.commits['main']);
      expect(deployment.metadata?.name).toContain('greet');
      expect(deployment.build).toMatchObject({
        status: 'works',
        imageTag: 'mcp-deploy-test-stdio:latest',
      });
      const stages = [...new Set(events.map(({ type }) => type))];
      expect(stages.filter((type) => !['log', 'cached', 'pulling'].includes(type))).toEqual(
        expect.arrayContaining(['cloning', 'detected', 'dockerfile', 'probed', 'running']),
      );
      ({ server } = deployment);
      expect(server).toMatchObject({ transport: { kind: 'stdio' }, url: null });
      if (server === null) return;
      server.write(Buffer.from(`${JSON.stringify(INITIALIZE)}\n`));
      const answer = await firstLine(server);
      expect(JSON.parse(answer)).toMatchObject({ id: 1, result: { serverInfo: {} } });
      const facts = await inspect(server.containerId);
      expect(facts).toMatchObject({
        Config: { User: '1001:1001' },
        HostConfig: { NetworkMode: 'none', CapDrop: ['ALL'] },
      });
      await server.stop();
      expect(await isThere(server.containerId)).toBe(false);
    },
    BUILD_MS,
  );
});

describe('a server on HTTP that is deployed', () => {
  it(
    'answers on the loopback address until the builder is closed',
    async () => {
      const served = await serve('http');
      const builder = builderFor(served);
      const { server, build } = await builder.deployFromGitHub({
        repositoryUrl: served.url,
        deploymentId: 'deploy-test-http',
        run: { timeoutMs: 120_000 },
      });
      expect(build.status).toBe('works');
      expect(server?.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\//);
      const response = await fetch(server?.url ?? '', {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
        },
        body: JSON.stringify(INITIALIZE),
      });
      expect(response.status).toBe(200);
      await response.text();
      await builder.close();
      expect(await isThere(server?.containerId ?? '')).toBe(false);
    },
    BUILD_MS,
  );
});

describe('pushing what was deployed', () => {
  let registry: LoginRegistry;
  const temporary = tempFolders();
  beforeAll(async () => {
    registry = await LoginRegistry.start();
  });
  afterAll(async () => {
    await registry[Symbol.asyncDispose]();
  });

  it(
    'gives the digest that the registry confirmed, and fails by name without a login',
    async () => {
      const served = await serve('npm');
      const builder = builderFor(served);
      const config = {
        repositoryUrl: served.url,
        deploymentId: 'deploy-test-push',
        registry: registry.address,
      };
      const error = await errorOf('PUSH_FAILED', builder.deployFromGitHub(config));
      expect(error.name).toBe('ImagePushError');
      expect(error.context.reason).toBe('login_needed');
      const auth = Buffer.from(`${LOGIN.username}:${LOGIN.password}`).toString('base64');
      const settings = JSON.stringify({ auths: { [registry.address]: { auth } } });
      vi.stubEnv('DOCKER_CONFIG', await temporary({ 'config.json': settings }));
      const { pushed } = await builder.deployFromGitHub(config);
      expect(pushed?.image).toBe(`${registry.address}/mcp-deploy-test-push:latest`);
      expect(pushed?.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    },
    BUILD_MS,
  );
});

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'test', version: '1' },
  },
};

async function firstLine(server: RunningServer): Promise<string> {
  let text = '';
  for await (const { stream, data } of server.output()) {
    if (stream === 'stdout') text += Buffer.from(data).toString('utf8');
    const [line, rest] = text.split('\n', 2);
    if (rest !== undefined) return line ?? '';
  }
  throw new Error('the server ended without an answer');
}
