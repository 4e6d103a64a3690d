import { Command, CommanderError, Option } from 'commander';
import { addBuildCommand } from './build-command.js';
import {
  type JsonFlags,
  type PayloadFlags,
  type RepositoryFlags,
  listContainers,
  payload,
  pull,
  run,
  runRepository,
  serve,
  stop,
} from './commands.js';
import type { CliEnvironment } from './environment.js';
import { EXIT } from './exit-code.js';
import {
  type RunFlags,
  addEngineOptions,
  addRunOptions,
  nameAndValue,
  decimalNumber,
} from './run-options.js';
import { addServerOptions, serverOptions, type ServerFlags } from './server-options.js';

/**
 * Runs one command line.
 *
 * @param args the words after `slipway`
 * @returns the exit code: the program's own for runs (124 timed out, 125 not run), 0 done,
 *   1 not done, 2 a wrong command line, 3 and 4 the verdicts of `build`, 130 interrupted
 */
export async function runCli(
  args: readonly string[],
  environment: CliEnvironment,
): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = createProgram(environment, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
}

function createProgram(environment: CliEnvironment, exit: (code: number) => void): Command {
  const { stdout, stderr, version } = environment;
  const program = new Command('slipway')
    .description('Run untrusted code and build repositories in Docker containers.')
    .version(version)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  addRunCommands(program, environment, exit);
  addBuildCommand(program, environment, exit);
  addContainerCommands(program, environment, exit);
  addServerCommand(program, environment, exit);
  return program;
}

function addRunCommands(
  program: Command,
  environment: CliEnvironment,
  exit: (code: number) => void,
): void {
  addRunOptions(program.command('run'))
    .description('run a command in a fresh container')
    .usage('[options] IMAGE [COMMAND...]')
    .argument('<image>', 'image, e.g. python:3.13-slim')
    .argument('[command...]', "program and arguments; default: the image's own")
    .addOption(pullOption())
    .passThroughOptions()
    .action(async (image: string, command: string[], flags: RunFlags) => {
      exit(await run(environment, image, withoutDashes(command), flags));
    });

  addRunOptions(program.command('payload'))
    .description('run a command on a file; PAYLOAD_PATH holds its path in the container')
    .usage('[options] IMAGE FILE [COMMAND...]')
    .argument('<image>', 'image, e.g. python:3.13-slim')
    .argument('<file>', 'file that is put into the container; - is standard input')
    .argument('[command...]', "program and arguments; default: the image's own")
    .option('--path <path>', 'path of the file in the container (default: /payload/<its name>)')
    .addOption(pullOption())
    .passThroughOptions()
    .action(async (image: string, file: string, command: string[], flags: PayloadFlags) => {
      exit(await payload(environment, [image, file], withoutDashes(command), flags));
    });

  addRunOptions(program.command('run-repo'))
    .description('clone a Git repository, build its Dockerfile and run the image once')
    .usage('[options] URL [COMMAND...]')
    .argument('<url>', 'https URL of the repository')
    .argument('[command...]', "program and arguments; default: the image's own")
    .option('--ref <ref>', 'branch, tag or commit (default: the default branch)')
    .option('--dockerfile <path>', 'Dockerfile, relative to the context (default: Dockerfile)')
    .option('--context <path>', 'folder of the repository that is built (default: .)')
    .option('--build-arg <name=value>', 'build argument; repeatable', nameAndValue)
    .option('--build-timeout <seconds>', 'time for clone and build (default: 600)', decimalNumber)
    .passThroughOptions()
    .action(async (url: string, command: string[], flags: RepositoryFlags) => {
      exit(await runRepository(environment, url, withoutDashes(command), flags));
    });
}

function addContainerCommands(
  program: Command,
  environment: CliEnvironment,
  exit: (code: number) => void,
): void {
  addEngineOptions(program.command('ps'))
    .description('list running containers')
    .option('--json', 'print JSON')
    .action(async (flags: JsonFlags) => {
      exit(await listContainers(environment, flags));
    });

  addEngineOptions(program.command('stop'))
    .description('stop a container that Slipway started')
    .argument('<container>', 'id or name')
    .option(
      '-t, --time <seconds>',
      'time for a clean exit before it is killed (default: 10)',
      decimalNumber,
    )
    .option('--json', 'print JSON')
    .action(async (container: string, flags: JsonFlags & { readonly time?: number }) => {
      exit(await stop(environment, container, flags));
    });

  addEngineOptions(program.command('pull'))
    .description('fetch an image')
    .argument('<image>', 'image, e.g. python:3.13-slim')
    .option('--platform <platform>', 'e.g. linux/arm64')
    .option('--json', 'print JSON')
    .action(async (image: string, flags: JsonFlags & { readonly platform?: string }) => {
      exit(await pull(environment, image, flags));
    });
}

function addServerCommand(
  program: Command,
  environment: CliEnvironment,
  exit: (code: number) => void,
): void {
  const command = addServerOptions(program.command('mcp'))
    .description('serve the tools to AI clients: MCP over standard input and output, or HTTP')
    .action(async (flags: ServerFlags) => {
      const refuse = (why: string): never => command.error(`error: ${why}`);
      exit(await serve(environment, await serverOptions(flags, environment.variables, refuse)));
    });
}

function pullOption(): Option {
  const when = ['missing', 'always', 'never'];
  return new Option('--pull <when>', 'when the image is fetched (default: missing)').choices(when);
}

/** `slipway run IMAGE -- ls -l`: the dashes separate, they are not part of the command. */
function withoutDashes(command: readonly string[]): readonly string[] {
  return command[0] === '--' ? command.slice(1) : command;
}
