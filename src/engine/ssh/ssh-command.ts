import type { SshConnection } from '../endpoint/types.js';

/** Where an engine listens unless it was told otherwise. */
const DEFAULT_SOCKET = '/var/run/docker.sock';

/** The engine's socket on the host, as far as the address tells. */
export function firstSocket(socketPath: string | undefined): string {
  return socketPath ?? DEFAULT_SOCKET;
}

/** Seconds until ssh gives up on a host that does not answer. */
const CONNECT_SECONDS = 20;

/** A silent connection is asked for a sign of life this often, and given up after three times. */
const ALIVE_SECONDS = 15;

/**
 * The arguments for an `ssh` that makes the local socket `localPath` lead to `remotePath` on the
 * host. No part of the address can become an option or reach the remote shell as more than a word:
 * `parseDockerHost` lets only harmless characters through.
 *
 * The user's own ssh configuration applies (keys, aliases, jump hosts), but for what would make
 * this connection outlive us or mean something else.
 */
export function sshArguments(
  connection: SshConnection,
  localPath: string,
  remotePath: string,
): readonly string[] {
  const options = [
    // Nobody is there who could answer a question.
    'BatchMode=yes',
    `ConnectTimeout=${CONNECT_SECONDS}`,
    `ServerAliveInterval=${ALIVE_SECONDS}`,
    'ServerAliveCountMax=3',
    // A shared connection of the user would keep the forwarded socket open after our end.
    'ControlMaster=no',
    'ControlPath=none',
    'RemoteCommand=none',
    'ForwardAgent=no',
    'ForwardX11=no',
    // A forwarding of the user's configuration that fails is not our failure.
    'ExitOnForwardFailure=no',
    // The reasons of failures are read from what ssh writes.
    'LogLevel=INFO',
  ];
  return [
    '-T',
    ...options.flatMap((option) => ['-o', option]),
    '-L',
    `${localPath}:${escaped(remotePath)}`,
    ...(connection.user === undefined ? [] : ['-l', connection.user]),
    ...(connection.port === undefined ? [] : ['-p', String(connection.port)]),
    '--',
    connection.host,
    reportCommand(connection.socketPath),
  ];
}

/** Colons separate the two paths of a forwarding. */
function escaped(path: string): string {
  return path.replaceAll(':', String.raw`\:`);
}

/**
 * What runs on the host: it reports on the socket in one line, which also says that the login is
 * done, and then waits for the end of its input. That end comes when we end in whatever way, and
 * with it ends ssh.
 *
 * Every shell an account may have (sh, fish, csh) has to take it as one quoted word: so there is
 * no quote, backslash, exclamation mark or line break in it.
 */
function reportCommand(socketPath: string | undefined): string {
  const script =
    `r=missing; p=${firstSocket(socketPath)}; for s in ${socketPath ?? USUAL_PLACES}; do if [ -S "$s" ]; then if [ -w "$s" ]; ` +
    'then r=ready; p=$s; break; elif [ $r = missing ]; then r=denied; p=$s; fi; fi; done; ' +
    'echo "slipway-socket $r $p"; exec cat';
  return `sh -c '${script}'`;
}

/** For an address without a path: Docker, rootless Docker, Docker Desktop, Podman. */
const USUAL_PLACES = [
  '"${DOCKER_HOST#unix://}"',
  DEFAULT_SOCKET,
  '"$XDG_RUNTIME_DIR/docker.sock"',
  '"/run/user/$(id -u)/docker.sock"',
  '"$HOME/.docker/run/docker.sock"',
  '/run/podman/podman.sock',
  '"/run/user/$(id -u)/podman/podman.sock"',
].join(' ');

/** What the host said about the engine's socket. */
export interface SocketReport {
  readonly state: 'ready' | 'missing' | 'denied';
  readonly path: string;
}

/** The report in what the host wrote so far, if it is there. Login scripts may write before it. */
export function readReport(output: string): SocketReport | undefined {
  const [, state, path = ''] = REPORT.exec(output) ?? [];
  if (state !== 'ready' && state !== 'missing' && state !== 'denied') return undefined;
  return { state, path };
}

/** The path becomes an argument: it is held to the same characters as one of an address. */
const REPORT = /^slipway-socket (ready|missing|denied) (\/[A-Za-z0-9_.@:+/-]{1,106})\r?\n/m;

/** The command line that a person would type to reach the host. */
export function sshCommandLine({ user, host, port }: SshConnection): string {
  const place = user === undefined ? host : `${user}@${host}`;
  return port === undefined ? `ssh ${place}` : `ssh -p ${port} ${place}`;
}
