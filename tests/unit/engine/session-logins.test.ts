import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { silentLogger } from '../../../src/core/logger.js';
import { localFiles } from '../../../src/engine/endpoint/local-machine.js';
import { SessionLogins } from '../../../src/engine/session-logins.js';
import { processesWith } from '../../support/processes.js';
import { tempFolders } from '../../support/temp-folder.js';

const temporary = tempFolders();
const auth = Buffer.from('ann:pass:word').toString('base64');

async function loginsOf(
  settings: object,
  helper = 'exit 1',
): Promise<{ readonly logins: SessionLogins; readonly asked: () => Promise<string> }> {
  const homeDir = await temporary({
    '.docker/config.json': JSON.stringify(settings),
    'bin/docker-credential-own': {
      content: `#!/bin/sh\necho asked >> "$HOME/asked"\n${helper}\n`,
      mode: 0o755,
    },
  });
  const env = { HOME: homeDir, PATH: `${homeDir}/bin:/bin:/usr/bin` };
  const environment = { env, homeDir, platform: 'linux', files: localFiles } as const;
  const logins = new SessionLogins(
    { environment, logger: silentLogger },
    new AbortController().signal,
  );
  onTestFinished(() => logins.close());
  const asked = async (): Promise<string> => {
    const content = await localFiles.read(`${homeDir}/asked`);
    return content.kind === 'content' ? content.bytes.toString('utf8') : '';
  };
  return { logins, asked };
}

describe('the logins of one build', () => {
  it("are each registry's own, also under the names that Docker Hub has", async () => {
    const auths = {
      'https://index.docker.io/v1/': { auth },
      'token.example': { identitytoken: 'refresh' },
      'empty.example': {},
    };
    const { logins } = await loginsOf({ auths });
    const hub = { username: 'ann', secret: 'pass:word' };
    expect(await logins.of('registry-1.docker.io')).toEqual(hub);
    expect(await logins.of('docker.io')).toEqual(hub);
    expect(await logins.of('token.example')).toEqual({ username: '', secret: 'refresh' });
    expect(await logins.of('empty.example')).toBeUndefined();
    expect(await logins.of('docker.io.example')).toBeUndefined();
    expect(await logins.of('token.example:5000')).toBeUndefined();
    expect(logins.problems).toEqual([]);
  });

  it('are looked for once', async () => {
    const helper = `echo '{"Username":"ann","Secret":"word"}'`;
    const { logins, asked } = await loginsOf({ credHelpers: { 'a.example': 'own' } }, helper);
    const both = await Promise.all([logins.of('a.example'), logins.of('a.example')]);
    const login = { username: 'ann', secret: 'word' };
    expect(both).toEqual([login, login]);
    expect(await logins.of('a.example')).toEqual(login);
    expect(await asked()).toBe('asked\n');
  });

  it('that cannot be read are none, and a problem to tell of', async () => {
    const { logins } = await loginsOf({ credHelpers: { 'a.example': 'own' } });
    expect(await logins.of('a.example')).toBeUndefined();
    expect(logins.problems.map(({ message }) => message)).toEqual([
      'the credential helper docker-credential-own ended with code 1',
    ]);
  });

  it('are not waited for when the build is over', async () => {
    const settings = { credHelpers: { 'a.example': 'own' } };
    const { logins } = await loginsOf(settings, 'exec sleep 61.25');
    const asking = logins.of('a.example');
    await vi.waitFor(() => expect(processesWith('sleep 61.25')).toHaveLength(1));
    logins.close();
    await expect(asking).rejects.toThrow('the build has ended');
    await vi.waitFor(() => expect(processesWith('sleep 61.25')).toEqual([]));
  });
});
