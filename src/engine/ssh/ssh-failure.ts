import { stripControl } from '../../core/text.js';
import { ConnectionFailure } from '../connection-failure.js';
import { formatAddress } from '../endpoint/docker-host.js';
import type { SshConnection } from '../endpoint/types.js';
import { sshCommandLine, type SocketReport } from './ssh-command.js';

/** How much of a line of ssh a message repeats. */
const LONGEST_LINE = 120;

interface Reason {
  readonly words: RegExp;
  readonly outcome: string;
  readonly hint: (connection: SshConnection) => string;
}

/** What ssh (OpenSSH 7.6 to 9.9) writes when it cannot log in. The first that matches wins. */
const REASONS: readonly Reason[] = [
  {
    words: /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    outcome: 'the host key is not the one that is known',
    hint: (at) =>
      `Find out whether the host was set up anew. If so, remove its old key ("ssh-keygen -R ${knownName(at)}") and connect once by hand ("${sshCommandLine(at)}").`,
  },
  {
    words: /Host key verification failed|No \S+ host key is known/,
    outcome: 'the host key is not known',
    hint: (at) =>
      `Connect once by hand ("${sshCommandLine(at)}"), compare the fingerprint, then try again.`,
  },
  {
    words: /Permission denied|Too many authentication failures/,
    outcome: 'the login was refused',
    hint: (at) =>
      `Slipway cannot answer questions: set up a key or an ssh agent (SSH_AUTH_SOCK) with which "${sshCommandLine(at)}" logs in without one.`,
  },
  {
    words: /Could not resolve hostname/,
    outcome: 'no such host name',
    hint: () => 'Check the host in the address, or add it to the ssh configuration.',
  },
  {
    words: /Connection refused/,
    outcome: 'no ssh server is listening there',
    hint: () => 'Check host and port in the address, and start the ssh server there.',
  },
  {
    words: /timed out|No route to host|Network is unreachable/,
    outcome: 'the host cannot be reached',
    hint: () => 'Check the network and the host in the address, then try again.',
  },
  {
    words: /[Bb]ad (?:configuration|owner or permissions)|Unsupported option/,
    outcome: 'the ssh configuration is not valid',
    hint: (at) => `Correct it until "${sshCommandLine(at)}" works, then try again.`,
  },
  {
    words: /Connection (?:reset|closed) by|kex_exchange_identification/,
    outcome: 'the connection was closed before the login',
    hint: () =>
      'Check that this port is an ssh server and that it does not turn this machine away.',
  },
];

/** The login did not come about. `output` is what ssh wrote, `ending` how it ended. */
export function loginFailure(
  connection: SshConnection,
  output: string,
  ending: string,
): ConnectionFailure {
  const lines = linesOf(output);
  for (const { words, outcome, hint } of REASONS) {
    const line = lines.find((one) => words.test(one));
    if (line === undefined) continue;
    return new ConnectionFailure(outcome, hint(connection), new Error(line));
  }
  const last = lines.at(-1) ?? ending;
  return new ConnectionFailure(
    `ssh failed (${last})`,
    `Find out why "${sshCommandLine(connection)} true" fails, then try again.`,
  );
}

/** Logged in, but the engine's socket cannot be used. */
export function socketFailure(
  connection: SshConnection,
  { state, path }: SocketReport,
): ConnectionFailure {
  const elsewhere = `${formatAddress({ ...connection, socketPath: undefined })}/path/of/docker.sock`;
  if (state === 'denied') {
    return new ConnectionFailure(
      `the login may not use the socket ${path} there`,
      'Add that account to the group "docker" on the host, or use a rootless engine of it.',
    );
  }
  return new ConnectionFailure(
    `no engine's socket at ${path} there`,
    `Start the engine on the host. If it listens elsewhere, write the socket's path into the address: ${elsewhere}.`,
  );
}

/** Logged in, the socket is there, and the connection to it was closed without an answer. */
export function silentSocket(path: string): ConnectionFailure {
  return new ConnectionFailure(
    `nothing is listening on ${path} there, or the ssh server forbids forwarding`,
    'Start the engine on the host. If it runs, permit AllowStreamLocalForwarding for this account in sshd_config.',
  );
}

export function sshMissing(): ConnectionFailure {
  return new ConnectionFailure(
    'the program "ssh" is not installed on this machine',
    'Install the OpenSSH client (Debian: openssh-client), then try again.',
  );
}

export function loginTooSlow(connection: SshConnection, ms: number): ConnectionFailure {
  return new ConnectionFailure(
    `the login did not finish within ${ms} ms`,
    `Find out what "${sshCommandLine(connection)} true" waits for, then try again.`,
  );
}

export function closedByUs(): ConnectionFailure {
  return new ConnectionFailure('the connection was closed by us', 'Make a new executor.');
}

/** The host as the file of known hosts writes it. */
function knownName({ host, port }: SshConnection): string {
  return port === undefined || port === 22 ? host : `'[${host}]:${port}'`;
}

/** A hostile server may write anything: no control characters, and not much of it. */
function linesOf(output: string): readonly string[] {
  return stripControl(output)
    .split('\n')
    .map((line) => line.trim().slice(0, LONGEST_LINE))
    .filter((line) => line !== '');
}
