export {
  serveRepository,
  type ServedRepository,
  type ServeOptions,
} from '../../scripts/support/git-server.mjs';
export type { RepositoryFiles } from '../../scripts/support/git-repository.mjs';
