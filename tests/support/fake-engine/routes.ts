import { z } from 'zod';
import { build } from './build.js';
import type { FakeEngine } from './fake-engine.js';
import { readJson, Refusal, sendEmpty, sendJson, type Exchange } from './http.js';

export type Operation =
  | 'ping'
  | 'version'
  | 'info'
  | 'events'
  | 'create'
  | 'list'
  | 'inspect'
  | 'attach'
  | 'archive'
  | 'start'
  | 'wait'
  | 'kill'
  | 'remove'
  | 'pull'
  | 'listImages'
  | 'inspectImage'
  | 'removeImage'
  | 'tagImage'
  | 'listVolumes'
  | 'build'
  | 'unknown';

type Handler = (engine: FakeEngine, exchange: Exchange) => void | Promise<void>;

interface Route {
  readonly operation: Operation;
  readonly method: string;
  readonly path: RegExp;
  readonly handle: Handler;
}

const ROUTES: readonly Route[] = [
  { operation: 'ping', method: 'GET', path: /^\/_ping$/, handle: ping },
  { operation: 'version', method: 'GET', path: /^\/version$/, handle: version },
  { operation: 'info', method: 'GET', path: /^\/info$/, handle: info },
  { operation: 'events', method: 'GET', path: /^\/events$/, handle: events },
  { operation: 'create', method: 'POST', path: /^\/containers\/create$/, handle: create },
  { operation: 'list', method: 'GET', path: /^\/containers\/json$/, handle: list },
  { operation: 'inspect', method: 'GET', path: /^\/containers\/([^/]+)\/json$/, handle: inspect },
  { operation: 'attach', method: 'POST', path: /^\/containers\/([^/]+)\/attach$/, handle: unknown },
  {
    operation: 'archive',
    method: 'PUT',
    path: /^\/containers\/([^/]+)\/archive$/,
    handle: archive,
  },
  { operation: 'start', method: 'POST', path: /^\/containers\/([^/]+)\/start$/, handle: start },
  { operation: 'wait', method: 'POST', path: /^\/containers\/([^/]+)\/wait$/, handle: wait },
  { operation: 'kill', method: 'POST', path: /^\/containers\/([^/]+)\/kill$/, handle: kill },
  { operation: 'remove', method: 'DELETE', path: /^\/containers\/([^/]+)$/, handle: remove },
  { operation: 'pull', method: 'POST', path: /^\/images\/create$/, handle: pull },
  { operation: 'listImages', method: 'GET', path: /^\/images\/json$/, handle: listImages },
  {
    operation: 'inspectImage',
    method: 'GET',
    path: /^\/images\/(.+)\/json$/,
    handle: inspectImage,
  },
  {
    operation: 'tagImage',
    method: 'POST',
    path: /^\/images\/(.+)\/tag$/,
    handle: tagImage,
  },
  { operation: 'removeImage', method: 'DELETE', path: /^\/images\/(.+)$/, handle: removeImage },
  { operation: 'listVolumes', method: 'GET', path: /^\/volumes$/, handle: listVolumes },
  {
    operation: 'build',
    method: 'POST',
    path: /^\/build$/,
    handle: (engine, exchange) => build(engine.images, exchange),
  },
];

export interface FoundRoute {
  readonly operation: Operation;
  readonly handle: Handler;
  readonly target: string;
  readonly query: URLSearchParams;
}

export function findRoute(method: string, sent: string): FoundRoute {
  const url = new URL(sent, 'http://engine');
  const path = url.pathname.replace(/^\/v1\.\d+/, '');
  for (const route of ROUTES) {
    const match = route.method === method ? route.path.exec(path) : null;
    if (match === null) continue;
    const target = decodeURIComponent(match[1] ?? '');
    return { operation: route.operation, handle: route.handle, target, query: url.searchParams };
  }
  return { operation: 'unknown', handle: unknown, target: '', query: url.searchParams };
}

function unknown(): void {
  throw new Refusal(404, 'page not found');
}

function ping(_: FakeEngine, { response }: Exchange): void {
  response.writeHead(200, { 'Api-Version': '1.41', 'Content-Type': 'text/plain' });
  response.end('OK');
}

function version(_: FakeEngine, { response }: Exchange): void {
  sendJson(response, 200, {
    Version: '20.10.24',
    ApiVersion: '1.41',
    MinAPIVersion: '1.12',
    Os: 'linux',
    Arch: 'amd64',
    Components: [{ Name: 'Engine', Version: '20.10.24' }],
  });
}

function info(_: FakeEngine, { response }: Exchange): void {
  sendJson(response, 200, {
    NCPU: 2,
    MemTotal: 8_000_000_000,
    SystemTime: new Date().toISOString(),
  });
}

const eventFilter = z.object({ container: z.array(z.string()), event: z.array(z.string()) });

function events(engine: FakeEngine, { response, query }: Exchange): void {
  const { container, event } = eventFilter.parse(JSON.parse(query.get('filters') ?? '{}'));
  engine.containers.events.send(response, event, container);
}

async function create(engine: FakeEngine, { request, response, query }: Exchange): Promise<void> {
  const body = await readJson(request);
  const container = engine.containers.create(query.get('name') ?? '', body);
  sendJson(response, 201, { Id: container.id, Warnings: [] });
}

function list(engine: FakeEngine, { response, query }: Exchange): void {
  const filters: unknown = JSON.parse(query.get('filters') ?? '{}');
  const names: unknown =
    typeof filters === 'object' && filters !== null ? Reflect.get(filters, 'name') : undefined;
  const name: unknown = Array.isArray(names) ? names[0] : undefined;
  const all = ['1', 'true'].includes(query.get('all') ?? '');
  const wanted = typeof name === 'string' ? name : undefined;
  sendJson(response, 200, engine.containers.list({ all, name: wanted }));
}

function inspect(engine: FakeEngine, { response, target }: Exchange): void {
  sendJson(response, 200, engine.containers.get(target).inspect());
}

async function archive(engine: FakeEngine, exchange: Exchange): Promise<void> {
  const { request, response, target, query } = exchange;
  await engine.containers.get(target).putArchive(query.get('path') ?? '/', request);
  sendEmpty(response, 200);
}

function start(engine: FakeEngine, { response, target }: Exchange): void {
  engine.containers.get(target).start();
  sendEmpty(response, 204);
}

async function wait(engine: FakeEngine, { response, target }: Exchange): Promise<void> {
  const container = engine.containers.get(target);
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.flushHeaders();
  const code = container.state === 'created' ? 0 : await container.exited;
  response.end(JSON.stringify({ Error: null, StatusCode: code }));
}

function kill(engine: FakeEngine, { response, target, query }: Exchange): void {
  engine.containers.get(target).kill(query.get('signal') === 'SIGTERM' ? 'SIGTERM' : 'SIGKILL');
  sendEmpty(response, 204);
}

function remove(engine: FakeEngine, { response, target, query }: Exchange): void {
  engine.containers.remove(target, query.get('force') === 'true');
  sendEmpty(response, 204);
}

function pull(engine: FakeEngine, exchange: Exchange): void {
  engine.images.pull(exchange);
}

const labelFilter = z.object({ label: z.array(z.string()).default([]) });

function listImages(engine: FakeEngine, { response, query }: Exchange): void {
  const { label } = labelFilter.parse(JSON.parse(query.get('filters') ?? '{}'));
  sendJson(response, 200, engine.images.list(label));
}

/** It makes none: what is on a volume is with the files of the container. */
function listVolumes(_: FakeEngine, { response }: Exchange): void {
  sendJson(response, 200, { Volumes: null, Warnings: null });
}

function inspectImage(engine: FakeEngine, { response, target }: Exchange): void {
  sendJson(response, 200, engine.images.inspect(target));
}

function tagImage(engine: FakeEngine, { response, target, query }: Exchange): void {
  engine.images.tag(target, `${query.get('repo') ?? ''}:${query.get('tag') ?? ''}`);
  sendEmpty(response, 201);
}

function removeImage(engine: FakeEngine, { response, target }: Exchange): void {
  sendJson(response, 200, engine.images.remove(target));
}
