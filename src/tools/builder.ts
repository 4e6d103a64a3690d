import type { Detection } from '../core/build-plan.js';
import type { Deployment, DeployFromGitHubConfig } from '../build/deploy.js';
import type {
  BuildResult,
  DetectOptions,
  DockerBuildConfig,
  GeneratedDockerfile,
  MCPServerType,
  PushedImage,
  PushImageOptions,
} from '../build/types.js';
import type { Checkout, CloneRequest } from '../git/clone.js';

/** What the tools and the command line need of `DockerBuilder`, which has this shape. */
export interface Builder {
  checkout(request: CloneRequest): Promise<Checkout>;
  detect(folder: string, options?: DetectOptions): Promise<Detection>;
  generateDockerfile(
    serverType: MCPServerType | 'auto',
    repoPath: string,
    deploymentId?: string,
    options?: DetectOptions,
  ): Promise<GeneratedDockerfile>;
  buildImage(config: DockerBuildConfig): Promise<BuildResult>;
  pushImage(imageTag: string, options?: PushImageOptions): Promise<PushedImage>;
  deployFromGitHub(config: DeployFromGitHubConfig): Promise<Deployment>;
  close(): Promise<void>;
}
