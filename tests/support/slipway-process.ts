import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { JsonRpcPeer } from './json-rpc-peer.js';

/** The program as it is built and shipped; `npm test` builds it first. */
export const SLIPWAY = fileURLToPath(new URL('../../dist/bin/slipway.js', import.meta.url));

/** An address nobody listens at. */
export const NO_ENGINE = ['--docker-host', 'unix:///nonexistent/docker.sock'] as const;

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Milliseconds on a clock that only goes forward, comparable with `performance.now()`. */
  readonly at: number;
}

export interface SlipwayProcess extends AsyncDisposable {
  readonly child: ChildProcessWithoutNullStreams;
  readonly exited: Promise<ProcessEnd>;
  /** What it wrote to standard error so far. */
  stderr(): string;
}

/** Starts the built program. `await using` ends it if the test did not. */
export function startSlipway(args: readonly string[]): SlipwayProcess {
  const child = spawn(process.execPath, [SLIPWAY, ...args], { stdio: 'pipe' });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.on('error', () => undefined);
  const exited = new Promise<ProcessEnd>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve({ code, signal, at: performance.now() }));
  });
  return {
    child,
    exited,
    stderr: () => stderr,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

export interface ServerProcess extends SlipwayProcess {
  readonly peer: JsonRpcPeer;
}

/** Starts `slipway mcp` with a bare JSON-RPC peer on its standard streams. */
export function startServer(args: readonly string[] = []): ServerProcess {
  const started = startSlipway(['mcp', ...args]);
  return { ...started, peer: new JsonRpcPeer(started.child.stdin, started.child.stdout) };
}

/** Runs the built program to its end. */
export async function slipway(
  args: readonly string[],
  stdin = '',
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  await using started = startSlipway(args);
  const { child, exited } = started;
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  const drained = new Promise((resolve) => {
    child.on('close', resolve);
  });
  child.stdin.end(stdin);
  const { code } = await exited;
  await drained;
  return { code, stdout, stderr: started.stderr() };
}
