import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const alias = { slipway: fileURLToPath(new URL('src/index.ts', import.meta.url)) };

/** Suites that need nothing but Node: part of `npm run check`. */
const offline = ['unit', 'architecture', 'types'];
/** Suites that talk to a real engine: part of `npm test`. */
const onEngine = ['contract', 'integration', 'e2e'];

export default defineConfig({
  test: {
    reporters: ['default', 'json'],
    outputFile: { json: '.vitest/results.json' },
    restoreMocks: true,
    unstubEnvs: true,
    projects: [
      ...offline.map((name) => ({
        extends: true as const,
        resolve: { alias },
        test: { name, include: [`tests/${name}/**/*.test.ts`], testTimeout: 10_000 },
      })),
      ...onEngine.map((name) => ({
        extends: true as const,
        resolve: { alias },
        test: {
          name,
          include: [`tests/${name}/**/*.test.ts`],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          globalSetup: ['tests/support/engine-setup.ts'],
        },
      })),
    ],
  },
});
