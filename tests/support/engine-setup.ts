import { request } from 'node:http';

/** Runs once before the suites that need an engine: a missing one fails them all, by name. */
export async function setup(): Promise<void> {
  const host = process.env['DOCKER_HOST'];
  if (host === undefined) {
    throw new Error(
      'DOCKER_HOST is not set. Run the tests with "npm test", which brings an engine up.',
    );
  }
  if (host.startsWith('unix://')) await answers(host.slice('unix://'.length));
}

function answers(socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const ping = request({ socketPath, path: '/_ping', timeout: 5000 }, (response) => {
      response.resume();
      if (response.statusCode === 200) resolve();
      else reject(new Error(`the engine at ${socketPath} answered ${response.statusCode}`));
    });
    ping.on('timeout', () =>
      ping.destroy(new Error(`the engine at ${socketPath} does not answer`)),
    );
    ping.on('error', reject);
    ping.end();
  });
}
