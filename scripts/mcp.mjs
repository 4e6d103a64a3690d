/**
 * `npm run test:mcp`: what others say of the MCP server. The Inspector's command line, a strict
 * client and the protocol's conformance suite judge the built program, over standard streams and
 * over HTTP. Their pinned versions are installed beside the private engine's folder the first time.
 *
 * The last line is `N passed, N failed`. Exit code 0: all passed; 1: not all, or not like this.
 */
import { startBridge } from '../tests/support/stdio-bridge.mjs';
import { messageOf } from './engine/errors.mjs';
import { engineUp } from './engine/index.mjs';
import { createSteps } from './engine/steps.mjs';
import { conformanceChecks } from './mcp/conformance.mjs';
import { ensureBuild, SLIPWAY } from './mcp/fresh-build.mjs';
import { startHttpServer } from './mcp/http-server.mjs';
import { inspectorChecks } from './mcp/inspector.mjs';
import { runChecks } from './mcp/report.mjs';
import { HTTP_SCENARIOS, STDIO_SCENARIOS } from './mcp/scenarios.mjs';
import { strictClientChecks } from './mcp/strict-client.mjs';
import { ensureTools } from './mcp/tools.mjs';
import { install, requireNode } from './support/project.mjs';

const steps = createSteps(console.log);
try {
  process.exitCode = await main();
} catch (error) {
  console.error(messageOf(error));
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
}

/** @returns {Promise<number>} the exit code */
async function main() {
  requireNode();
  await install();
  await ensureBuild();
  const tools = await ensureTools(steps);
  const engine = await engineUp({ steps });
  // The Inspector, like many clients, passes its server none of our environment.
  const server = [process.execPath, SLIPWAY, 'mcp', '--docker-host', engine.dockerHost];
  const env = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' };
  const bridge = await startBridge(server, env);
  const http = await startHttpServer([...server, '--http', '127.0.0.1:0'], env);
  try {
    const checks = [
      ...inspectorChecks(tools, server),
      ...strictClientChecks(tools, server),
      ...conformanceChecks(tools, { transport: 'stdio', url: bridge.url }, STDIO_SCENARIOS),
      ...conformanceChecks(tools, { transport: 'HTTP', url: http.url }, HTTP_SCENARIOS),
    ];
    const { passed, failed } = await runChecks(checks, console.log);
    console.log(`${passed} passed, ${failed} failed`);
    return failed === 0 ? 0 : 1;
  } finally {
    await Promise.all([bridge.close(), http.close()]);
  }
}
