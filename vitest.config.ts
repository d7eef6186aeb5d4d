import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  // The packages are tested from source: no build comes before a test. Only what vitest does not add by itself
  // stands here, as the list reaches `require` too, where 'import' would pick ESM wrappers of CommonJS packages.
  ssr: { resolve: { conditions: ['@myfy/source', 'node'] } },
  test: {
    globalSetup: 'test/compile-packages.ts',
    include: ['packages/*/test/**/*.test.ts', 'apps/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    pool: 'forks',
    // Real processes share two cores with the tests that start them.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Half of the tests wait for processes. On two cores vitest would run one file at a time.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // A second try for a process that a busy machine has starved. The reporter marks such a test as retried.
    retry: process.env.CI ? 1 : 0,
  },
})
