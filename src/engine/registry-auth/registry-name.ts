/** The names under which Docker's settings and users write Docker Hub. */
const DOCKER_HUB = new Set([
  'docker.io',
  'index.docker.io',
  'registry-1.docker.io',
  'registry.hub.docker.com',
]);

/** What Docker's own tools call Docker Hub in settings and to credential helpers. */
const DOCKER_HUB_KEY = 'https://index.docker.io/v1/';

/** The registry as settings and credential helpers know it. */
export function serverAddress(registry: string): string {
  return DOCKER_HUB.has(hostOf(registry)) ? DOCKER_HUB_KEY : registry;
}

/**
 * Do a key of Docker's settings and a registry mean the same? Keys come as a host, as a URL, and
 * with the path of the API (`/v1/`, `/v2/`).
 */
export function namesRegistry(key: string, registry: string): boolean {
  return serverAddress(hostOf(key)) === serverAddress(hostOf(registry));
}

function hostOf(key: string): string {
  return key
    .replace(/^https?:\/\//i, '')
    .replace(/\/.*$/s, '')
    .toLowerCase();
}
