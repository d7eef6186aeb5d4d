import { defineConfig } from 'vitest/config'

export default defineConfig({
  // The packages are tested from source: no build comes before a test.
  ssr: { resolve: { conditions: ['@myfy/source', 'module', 'node', 'import', 'default'] } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'apps/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
