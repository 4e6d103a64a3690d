/** Input fields of the tools that are about an MCP server in a Git repository. */
import { textField } from './fields.js';

export const serverRepositoryFields = {
  repo_url: textField(2048).describe(
    'HTTPS URL of a public repository, e.g. "https://github.com/org/repo".',
  ),
  branch: textField(255).optional().describe('Branch, tag or commit. Default: the default branch.'),
  subdir: textField(1024).optional().describe('Folder of the server, where there are several.'),
};
