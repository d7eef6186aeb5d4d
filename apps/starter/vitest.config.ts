import { defineConfig } from 'vitest/config'

export default defineConfig({
  // Most of a test's time is another process's: three files at once keep two cores busy.
  test: { include: ['test/**/*.test.ts'], maxWorkers: 3, testTimeout: 60_000, hookTimeout: 90_000 },
})
