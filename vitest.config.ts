import { defineConfig } from 'vitest/config';

const project = (name: string, timeoutMs: number, more: { globalSetup?: string } = {}) => ({
  test: {
    name,
    ...more,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout: timeoutMs,
    hookTimeout: 60_000,
    // Metrics go to the log, where nobody reads them.
    env: { POWERTOOLS_METRICS_DISABLED: 'true' },
  },
});

export default defineConfig({
  test: {
    projects: [
      project('unit', 5_000),
      project('integration', 60_000),
      project('infra', 120_000),
      project('e2e', 60_000, { globalSetup: 'test/e2e/setup.ts' }),
    ],
  },
});
