import { delimiter, isAbsolute } from 'node:path';

/**
 * How git is run so that neither the repository, nor its server, nor this machine's settings
 * decide what it does.
 */

/** Given as `-c key=value`, which wins over every file. */
export const HARDENED_CONFIG: readonly string[] = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'credential.helper=',
  // A redirect leads to a host that nobody allowed, and takes credentials of a proxy with it.
  'http.followRedirects=false',
  // Less than 1000 bytes a second for 20 seconds is a server that holds us.
  'http.lowSpeedLimit=1000',
  'http.lowSpeedTime=20',
  'submodule.recurse=false',
  // Objects are checked before they are used: names such as `.git`, `..`, links as .gitmodules.
  'transfer.fsckObjects=true',
  // Two harmless faults that real repositories of about 2010 have.
  'fetch.fsck.badTimezone=ignore',
  'fetch.fsck.zeroPaddedFilemode=ignore',
  // Larger files are streamed, not held in memory: one that compresses well is a bomb.
  'core.bigFileThreshold=16m',
  // Housekeeping detaches itself and would outlive the clone.
  'gc.auto=0',
  'maintenance.auto=false',
];

/**
 * simple-git refuses settings that can run a program. Ours are constants that switch these
 * programs off, and argv is built here and in clone.ts with `--` before a caller's words, so its
 * guard is opened for exactly these. `GIT_ALLOW_PROTOCOL` needs none, and makes the guarded
 * `protocol.*.allow` needless.
 */
export const OPENED_GUARDS = {
  allowUnsafeHooksPath: true,
  allowUnsafeFsMonitor: true,
  allowUnsafeCredentialHelper: true,
  /** For `--template=`, which is no template at all. */
  allowUnsafeTemplateDir: true,
  /** For `GIT_CONFIG_GLOBAL=/dev/null`. */
  allowUnsafeConfigPaths: true,
  /** For the header of a login, which is in the environment so that it is not in argv. */
  allowUnsafeConfigEnvCount: true,
  /** The path of our group leader: it may hold a space, which simple-git refuses. */
  allowUnsafeCustomBinary: true,
} as const;

/** The operator's proxy and certificates. Without them a clone fails in many company networks. */
const PASSED_ON = ['https_proxy', 'HTTPS_PROXY', 'no_proxy', 'NO_PROXY'] as const;

/** Larger single allocations fail: an object may claim any size before it is read. */
const MAX_ALLOCATION = '256m';

/**
 * The whole environment of git: nothing else of ours reaches it, so neither `GIT_CONFIG_COUNT`,
 * `GIT_SSH_COMMAND` nor a secret does.
 *
 * @param host the environment of this process
 */
export function gitEnvironment(
  call: {
    readonly home: string;
    readonly protocol: string;
    readonly login?: { readonly url: string; readonly token: string } | undefined;
  },
  host: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const environment: Record<string, string> = {
    PATH: absolutePath(host['PATH'] ?? ''),
    HOME: call.home,
    // Messages are matched in English.
    LANG: 'C',
    LC_ALL: 'C',
    GIT_ALLOW_PROTOCOL: call.protocol,
    GIT_ALLOC_LIMIT: MAX_ALLOCATION,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_LFS_SKIP_SMUDGE: '1',
    GIT_TERMINAL_PROMPT: '0',
  };
  for (const name of PASSED_ON) {
    const value = host[name];
    if (value !== undefined) environment[name] = value;
  }
  // libcurl inside git does not read SSL_CERT_FILE, which is what operators set.
  const certificates = host['GIT_SSL_CAINFO'] ?? host['SSL_CERT_FILE'];
  if (certificates !== undefined) environment['GIT_SSL_CAINFO'] = certificates;
  return { ...environment, ...loginEnvironment(call.login) };
}

/**
 * A header for one host, as a setting that git reads from its environment: not in argv, which
 * everybody on the machine can read, and not in the checkout's own settings. The user name is the
 * one that GitHub, GitLab and Gitea take beside a token.
 */
function loginEnvironment(
  login: { readonly url: string; readonly token: string } | undefined,
): Record<string, string> {
  if (login === undefined) return {};
  const credentials = Buffer.from(`x-access-token:${login.token}`).toString('base64');
  return {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `http.${new URL(login.url).origin}/.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${credentials}`,
  };
}

/** Without folders relative to where git runs: in a checkout, a file named `git` would be run. */
function absolutePath(path: string): string {
  return path.split(delimiter).filter(isAbsolute).join(delimiter);
}
