/** A Git repository: cloned, its Dockerfile built, the image run once. */
import assert from 'node:assert/strict';
import { createDockerExecutor } from 'slipway';
import { serveRepository } from '../../scripts/support/git-server.mjs';

// A repository of this machine, so that the example needs no network. Yours is at a URL such as
// https://github.com/owner/name, and needs no policy.
const origin = await serveRepository({
  files: {
    Dockerfile: `
FROM python:3.13-slim
ARG GREETING=hello
ENV GREETING=$GREETING
COPY main.py /app/main.py
CMD ["python3", "/app/main.py", "world"]
`,
    'main.py': 'import os, sys\nprint(os.environ["GREETING"], sys.argv[1])\n',
  },
});

try {
  await using slipway = createDockerExecutor({
    policy: { repositories: { hosts: [origin.origin] } },
  });
  const config = { repositoryUrl: origin.url, ref: 'main', buildArgs: { GREETING: 'good day' } };
  const result = await slipway.buildAndExecuteGitHubRepo(config, {
    onEvent: (event) => console.log(event.type),
  });
  console.log(result.stdout);

  // The command can be replaced; the finished build steps are used again.
  const other = await slipway.buildAndExecuteGitHubRepo({
    ...config,
    command: ['python3', '/app/main.py', 'moon'],
  });
  console.log(other.stdout);

  assert.equal(result.stdout, 'good day world\n');
  assert.equal(other.stdout, 'good day moon\n');
} finally {
  await origin.close();
}
