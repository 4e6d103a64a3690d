import { existsSync } from 'node:fs';
import { withCleanup } from './cleanup.mjs';
import { asRoot, run } from './commands.mjs';

/** Where Debian's packages ask whether they may start their services. */
const POLICY = '/usr/sbin/policy-rc.d';
const SYSTEMD = '/run/systemd/system';

/**
 * Installs without starting what was installed: with systemd the package would start an engine of
 * its own, and two engines in one network namespace take each other's bridge and rules.
 *
 * @param {() => Promise<unknown>} install
 */
export async function withoutStartingServices(install) {
  // Where a policy is there already, whoever put it there decided.
  if (!existsSync(SYSTEMD) || existsSync(POLICY)) {
    await install();
    return;
  }
  // Any program that ends with 101 says "not allowed"; this one has nothing of ours to quote.
  const forbid = `printf '#!/bin/sh\\nexit 101\\n' > "$0" && chmod 755 "$0"`;
  await withCleanup(
    async () => {
      await run(asRoot(['sh', '-c', forbid, POLICY]));
      await install();
    },
    async () => void (await run(asRoot(['rm', '-f', POLICY]))),
  );
}
