/** `slipway build`: a folder or a Git repository to an image that is proved to answer. */
import { type Command, Option } from 'commander';
import type { CliEnvironment } from './environment.js';
import type { BuildFlags } from './run-build.js';
import { addEngineOptions, decimalNumber, nameAndValue } from './run-options.js';

/** Adds the command to the program. */
export function addBuildCommand(
  program: Command,
  environment: CliEnvironment,
  exit: (code: number) => void,
): void {
  addEngineOptions(program.command('build'))
    .description('build an image of an MCP server and prove that it answers')
    .usage('[options] FOLDER|URL')
    .argument('<source>', 'folder, or https URL of a Git repository')
    .option('--ref <ref>', 'branch, tag or commit of a URL (default: the default branch)')
    .option('--subdir <folder>', 'folder of the server, where there are several')
    .option('-e, --env <name=value>', 'variable to prove the server with; repeatable', nameAndValue)
    .option('--arg <argument>', 'argument to prove the server with; repeatable', oneMore)
    .option('--build-arg <name=value>', 'build argument; repeatable', nameAndValue)
    .option('--dockerfile <path>', 'use this Dockerfile of the repository only')
    .option('--context <path>', 'folder of its build context')
    .addOption(
      new Option('--prefer <which>', 'Dockerfile to use (default: auto)').choices([
        'auto',
        'repository',
        'generated',
      ]),
    )
    .option('--tag <reference>', 'name of the image (default: mcp-<server>:latest)')
    .option('--push <registry>', 'push the image there when it works')
    .option('--platform <platform>', 'e.g. linux/arm64')
    .addOption(
      new Option('--pull <when>', 'when base images are fetched (default: missing)').choices([
        'missing',
        'always',
      ]),
    )
    .option('--timeout <seconds>', 'time for the build (default: 600)', decimalNumber)
    .option('--no-probe', 'do not start the image')
    .option('--print-dockerfile', 'print the generated Dockerfile; build nothing')
    .option('--plan', 'print what was detected as JSON; build nothing')
    .option('--json', 'print the whole result as JSON')
    .action(async (source: string, flags: BuildFlags) => {
      // What only this command needs is loaded by this command: servers start sooner.
      const { runBuild } = await import('./run-build.js');
      exit(await runBuild(environment, source, flags));
    });
}

function oneMore(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}
