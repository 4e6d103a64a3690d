/**
 * What the shell of a parked container runs: first `BOOT`, which waits on its standard input, then
 * the one line that it reads there.
 *
 * Nothing but builtins of POSIX `sh` is used on the way to the program, so that it costs no
 * process. Tried with dash, busybox ash and bash. The texts of a caller are only ever quoted words.
 */
import { dirname } from 'node:path/posix';
import type { ContainerFile, ContainerSpec } from '../ports.js';
import type { ParkedPlan } from './plan.js';

/** Variables that shells set, need or export by themselves: a run that has them starts cold. */
export const SHELL_VARIABLES: ReadonlySet<string> = new Set(
  (
    '_ BASHOPTS BASHPID BASH_ENV BASH_VERSINFO CDPATH DIRSTACK ENV EUID FUNCNAME GROUPS HISTCMD ' +
    'IFS LINENO MAIL MAILCHECK MAILPATH OLDPWD OPTARG OPTIND POSIXLY_CORRECT PPID PS1 PS2 PS4 PWD ' +
    'RANDOM SECONDS SHELLOPTS SHLVL UID'
  ).split(' '),
);

/**
 * Docker's init sends a signal to the whole process group with it: the shell, which goes on, and
 * the program. Taken out of the environment again before the program starts.
 */
export const BOOT_ENVIRONMENT = { TINI_KILL_PROCESS_GROUP: '1' } as const;

/** The first thing that the shell says. */
export const READY = '\u0002slipway-ready;';

const BOOT = `_slipway_n='
'
unset TINI_KILL_PROCESS_GROUP
trap : HUP INT QUIT TERM USR1 USR2 ALRM
printf '\\002slipway-ready;'
IFS= read -r _slipway_s || exit 0
eval "$_slipway_s"`;

/** Argv of the waiting shell. */
export const BOOT_COMMAND: readonly string[] = ['/bin/sh', '-c', BOOT];

/** The shell reads its line byte by byte: a longer one is no gain any more. */
const LINE_BYTES = 64 * 1024;

/** Words of the shell, each after the marker of the run and before a `;`. */
export const WORD = {
  /** The program is about to be started. */
  started: 'S',
  /** It was not, and will not be: something is not as this way of starting needs it. */
  refused: 'R',
  /** It has ended: `E<exit code> <processes killed for memory, or ?>`. On stderr without these. */
  ended: 'E',
} as const;

/** The bytes before each word of a run. */
export function markerOf(nonce: string): Buffer {
  return Buffer.from(`\u0002slipway-${nonce}-`);
}

export interface ProgramLine {
  readonly nonce: string;
  readonly plan: Pick<ParkedPlan, 'argv' | 'filesByShell' | 'sealed'>;
  readonly spec: Pick<ContainerSpec, 'environment' | 'workingDir' | 'stdin' | 'limits'>;
}

/** The line that starts a program; undefined when it is too long, or has what no line can say. */
export function programLine({ nonce, plan, spec }: ProgramLine): Buffer | undefined {
  const say = (word: string, stream: 3 | 4, rest = ''): string =>
    `printf '\\002slipway-${nonce}-${word};' ${rest}>&${stream}`;
  const refuse = `{ ${say(WORD.refused, 3)}; exit 1; }`;
  const { argv } = plan;
  const variables = Object.entries(spec.environment);
  const parts = [
    'exec 3>&1 4>&2 2>/dev/null',
    ...plan.filesByShell.map((file) => `${writing(file)} || ${refuse}`),
    ...plan.sealed.map((folder) => `chmod 555 -- ${quoted(folder)} || ${refuse}`),
    ...(spec.workingDir === undefined ? [] : [`cd -- ${quoted(spec.workingDir)} || ${refuse}`]),
    ...variables.map(([name, value]) => `export ${name}=${quoted(value)}`),
    'unset PWD OLDPWD SHLVL',
    `${findsProgram(argv[0] ?? '')} || ${refuse}`,
    say(WORD.started, 3),
    running(argv, spec),
    `_slipway_s=$?`,
    COUNT_OOM_KILLS,
    say(`${WORD.ended}%s %s`, 3, '"$_slipway_s" "$_slipway_o" '),
    say(WORD.ended, 4),
    'exit "$_slipway_s"',
  ];
  const text = `${parts.join('; ')}\n`;
  const bytes = Buffer.from(text);
  return bytes.length > LINE_BYTES || text.includes('\0') ? undefined : bytes;
}

/** A file that this way can write: a text, not too long. */
export function isWritable({ content, mode }: ContainerFile): boolean {
  if (content.byteLength > LINE_BYTES || mode > 0o777) return false;
  const bytes = Buffer.from(content);
  return !bytes.includes(0) && bytes.equals(Buffer.from(bytes.toString('utf8')));
}

/** Only where nothing is yet: what is there keeps its owner and mode, and may be a link. */
function writing({ path, content, mode }: ContainerFile): string {
  const folder = quoted(dirname(path));
  const file = quoted(path);
  const text = quoted(Buffer.from(content).toString('utf8'));
  const permit = mode === 0o644 ? '' : ` && chmod ${mode.toString(8)} -- ${file}`;
  return (
    `{ { [ -d ${folder} ] || mkdir -p -- ${folder}; } && [ ! -e ${file} ] && [ ! -h ${file} ] ` +
    `&& printf %s ${text} >${file}${permit}; }`
  );
}

/** As execvp looks: a shell would find its own builtins first. The engine's error is the better one. */
function findsProgram(program: string): string {
  const name = quoted(program);
  if (program.includes('/')) return `{ [ -f ${name} ] && [ -x ${name} ]; }`;
  const look = `for _slipway_d in $PATH; do if [ -f "$_slipway_d/"${name} ] && [ -x "$_slipway_d/"${name} ]; then _slipway_o=1; break; fi; done`;
  return `{ _slipway_o=; IFS=:; ${look}; unset IFS; [ -n "$_slipway_o" ]; }`;
}

/** `exec` in a subshell takes no builtin, and leaves the shell to see the end. */
function running(
  argv: readonly string[],
  { stdin, limits }: Pick<ContainerSpec, 'stdin' | 'limits'>,
): string {
  const seconds = Math.ceil(limits.cpuSeconds);
  // As the engine sets it for a container of its own: SIGXCPU, and five seconds later KILL.
  const limit = `ulimit -S -t ${seconds}; ulimit -H -t ${seconds + 5}`;
  const input = stdin === undefined ? ' </dev/null' : '';
  return `(${limit}; exec 2>&4 3>&- 4>&-${input}; exec ${argv.map(quoted).join(' ')})`;
}

/** The kernel's own count, in the control group of the container: version 2, then version 1. */
const COUNT_OOM_KILLS =
  `_slipway_o='?'; for _slipway_d in /sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control; do ` +
  `if [ -r "$_slipway_d" ]; then while read -r _slipway_k _slipway_v; do ` +
  `if [ "$_slipway_k" = oom_kill ]; then _slipway_o=$_slipway_v; fi; done <"$_slipway_d"; fi; done`;

/** One word of the shell's, whatever is in it. A newline comes from a variable: the line has none. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`).replaceAll('\n', `'"$_slipway_n"'`)}'`;
}
