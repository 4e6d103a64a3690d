import { join, resolve } from 'node:path';
import type { EndpointAttempt } from '../../core/errors.js';
import { formatAddress, maskSecrets, parseDockerHost, toConnection } from './docker-host.js';
import { folderOf, valueOf } from './environment-values.js';
import { OUTCOME } from './outcome.js';
import type { EngineAddress, SearchEnvironment } from './types.js';

/** A place to try, or one that was named in a way that cannot be tried. */
type Candidate = EngineAddress | EndpointAttempt;

/** Where engines that are set up for Podman are named; the hint for "permission denied" differs. */
export const PODMAN_SOURCES: readonly string[] = ['Podman rootless', 'Podman', 'Podman machine'];

/**
 * Where engines listen when nobody says where, in the order in which they are tried: Docker,
 * products that bring their own Docker, Podman, and last the private engine of a Slipway checkout.
 *
 * The places are those of each product's documentation or source. One that two variables lead to
 * appears once.
 */
export function engineCandidates(environment: SearchEnvironment): readonly Candidate[] {
  const found =
    environment.platform === 'win32' ? windowsPipes(environment) : unixSockets(environment);
  const seen = new Set<string>();
  return found.filter(({ address }) => !seen.has(address) && seen.add(address));
}

function windowsPipes(environment: SearchEnvironment): Candidate[] {
  return [
    socket('default pipe', '//./pipe/docker_engine'),
    socket('Docker Desktop', '//./pipe/dockerDesktopLinuxEngine'),
    ...containerHost(environment),
    socket('Podman machine', '//./pipe/podman-machine-default'),
  ];
}

function unixSockets(environment: SearchEnvironment): Candidate[] {
  const home = environment.homeDir;
  const runtime = runtimeFolders(environment);
  return [
    socket('default socket', '/var/run/docker.sock'),
    ...runtime.map((folder) => socket('rootless socket', join(folder, 'docker.sock'))),
    socket('Docker Desktop', join(home, '.docker', 'run', 'docker.sock')),
    socket('Docker Desktop', join(home, '.docker', 'desktop', 'docker.sock')),
    socket('OrbStack', join(home, '.orbstack', 'run', 'docker.sock')),
    ...colimaSockets(environment),
    socket('Rancher Desktop', join(home, '.rd', 'docker.sock')),
    ...limaSockets(environment),
    ...containerHost(environment),
    ...runtime.map((folder) => socket('Podman rootless', join(folder, 'podman', 'podman.sock'))),
    socket('Podman', '/run/podman/podman.sock'),
    ...podmanMachineSockets(environment),
    slipwaySocket(environment),
  ];
}

function socket(source: string, path: string): EngineAddress {
  const connection = { kind: 'socket', path } as const;
  return { source, address: formatAddress(connection), connection };
}

/** Where this user's services keep their sockets; the second is the usual value of the first. */
function runtimeFolders(environment: SearchEnvironment): readonly string[] {
  const named = folderOf(environment, 'XDG_RUNTIME_DIR');
  const usual = environment.uid === undefined ? undefined : `/run/user/${environment.uid}`;
  return [named, usual].filter((folder) => folder !== undefined);
}

/** Colima itself takes the first of these folders that exists. */
function colimaSockets(environment: SearchEnvironment): Candidate[] {
  const config = folderOf(environment, 'XDG_CONFIG_HOME') ?? join(environment.homeDir, '.config');
  return [
    folderOf(environment, 'COLIMA_HOME'),
    join(environment.homeDir, '.colima'),
    join(config, 'colima'),
  ]
    .filter((folder) => folder !== undefined)
    .map((folder) => socket('Colima', join(folder, 'default', 'docker.sock')));
}

/** The instances that Lima makes from its templates for Docker when no name is given. */
function limaSockets(environment: SearchEnvironment): Candidate[] {
  const folder = folderOf(environment, 'LIMA_HOME') ?? join(environment.homeDir, '.lima');
  return ['default', 'docker', 'docker-rootful'].map((instance) =>
    socket('Lima', join(folder, instance, 'sock', 'docker.sock')),
  );
}

/** Podman's own variable. Docker's tools ignore it, so it stands behind Docker's places. */
function containerHost(environment: SearchEnvironment): Candidate[] {
  const text = valueOf(environment, 'CONTAINER_HOST');
  if (text === undefined) return [];
  try {
    const host = parseDockerHost(text, 'CONTAINER_HOST');
    const checked = { ca: undefined, cert: undefined, key: undefined, verify: true };
    const isHttps = host.kind === 'tcp' && host.scheme === 'https';
    const connection = toConnection(host, isHttps ? checked : undefined);
    return [{ source: 'CONTAINER_HOST', address: formatAddress(connection), connection }];
  } catch {
    return [{ source: 'CONTAINER_HOST', address: maskSecrets(text), outcome: OUTCOME.malformed }];
  }
}

/** A link in the data folder, and on macOS the socket of the default machine since Podman 5. */
function podmanMachineSockets(environment: SearchEnvironment): Candidate[] {
  const data =
    folderOf(environment, 'XDG_DATA_HOME') ?? join(environment.homeDir, '.local', 'share');
  const temporary = environment.platform === 'darwin' ? folderOf(environment, 'TMPDIR') : undefined;
  return [
    join(data, 'containers', 'podman', 'machine', 'podman.sock'),
    ...(temporary === undefined
      ? []
      : [join(temporary, 'podman', 'podman-machine-default-api.sock')]),
  ].map((path) => socket('Podman machine', path));
}

/** Where `npm run engine -- up` of a checkout puts its engine. */
function slipwaySocket(environment: SearchEnvironment): EngineAddress {
  const state =
    valueOf(environment, 'XDG_STATE_HOME') ?? join(environment.homeDir, '.local', 'state');
  const home = valueOf(environment, 'SLIPWAY_ENGINE_HOME') ?? join(state, 'slipway', 'engine');
  return socket('slipway engine', join(resolve(home), 'docker.sock'));
}
