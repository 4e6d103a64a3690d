import type { DockerBuildConfig, BuildResult } from '../../../src/build/types.js';
import { DockerBuildError, SlipwayError } from '../../../src/core/errors.js';
import { buildResultOf } from '../../support/build-result.js';
import { commandLine, type CommandLineOptions } from './command-line.js';

/** A build of a folder that ends like this. */
export function building(result: Partial<BuildResult> = {}, options: CommandLineOptions = {}) {
  const configs: DockerBuildConfig[] = [];
  const pushes: unknown[] = [];
  const builder: CommandLineOptions['builder'] = {
    buildImage: async (config) => {
      configs.push(config);
      return buildResultOf(result);
    },
    pushImage: async (tag, { registry } = {}) => {
      pushes.push([tag, registry]);
      return { image: `${registry}/${tag}`, digest: 'r.example/x@sha256:1' };
    },
    ...options.builder,
  };
  const run = (...args: readonly string[]) =>
    commandLine(['build', ...args], {}, { ...options, builder });
  return { run, configs, pushes };
}

/** A build of a folder that fails like this. */
export function failing(error: Error, options: CommandLineOptions = {}) {
  const buildImage = async (): Promise<never> => {
    throw error;
  };
  return building({}, { ...options, builder: { buildImage } });
}

export const buildFailed = new DockerBuildError('BUILD_FAILED', {
  message: 'Step 3 "RUN npm ci" failed with exit code 1.',
  hint: 'Look at the log.',
  context: { step: 'RUN npm ci', exitCode: 1, log: 'npm error \u001b[31mno lock\u001b[0m\n' },
});

export const notAServer = new SlipwayError('NOT_A_SERVER', {
  message: 'No MCP server was found: it is a library.',
  hint: 'Name another folder.',
  context: { reason: 'it is a library' },
});
