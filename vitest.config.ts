import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const alias = { slipway: fileURLToPath(new URL('src/index.ts', import.meta.url)) };

/** Suites that need nothing but Node: part of `npm run check`. */
const offline = ['unit', 'architecture', 'types'];
/** Suites that talk to a real engine: part of `npm test`. */
const onEngine = ['contract', 'integration', 'e2e'];

const engineTest = {
  testTimeout: 120_000,
  hookTimeout: 120_000,
  globalSetup: ['tests/support/engine-setup.ts'],
};
/** What runs of an executor are like: once more where every container that can be was parked. */
const executorSuites = ['execute-container', 'files', 'resources', 'streaming'];

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
          ...engineTest,
        },
      })),
      {
        extends: true as const,
        resolve: { alias },
        test: {
          name: 'parked',
          include: executorSuites.map((name) => `tests/integration/${name}.test.ts`),
          env: { SLIPWAY_TEST_PARKED: '1' },
          ...engineTest,
        },
      },
    ],
  },
});
