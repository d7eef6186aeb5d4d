import { availableParallelism } from 'node:os'
import { configDefaults, defineConfig } from 'vitest/config'

/** The heavy half, which `pnpm test:heavy` runs: the longest tables over real processes, and what compiles most. */
export const heavy = [
  'apps/docs/test/site.test.ts',
  'apps/starter/test/deploy.test.ts',
  'apps/starter/test/events.test.ts',
  'apps/starter/test/metrics.test.ts',
  'apps/starter/test/outages.test.ts',
  'apps/starter/test/page.test.ts',
  'apps/starter/test/process.test.ts',
  'apps/starter/test/readme.test.ts',
  'apps/starter/test/rolling.test.ts',
  'apps/starter/test/silent-connections.test.ts',
  'packages/cli/test/cluster/rolling-restart.test.ts',
  'packages/cli/test/cluster/worker-group.test.ts',
  'packages/cli/test/commands/failures-told-once.test.ts',
  'packages/cli/test/commands/graph.test.ts',
  'packages/cli/test/entries-by-commands.test.ts',
  'packages/cli/test/terminal/full-output.test.ts',
  'packages/cli/test/terminal/width.test.ts',
  'packages/core/test/testing/prove/seeded.test.ts',
  'packages/create-myfy/test/templates.test.ts',
  'packages/data/test/crash/prove-crash.test.ts',
  'packages/data/test/migrations/files.test.ts',
  'packages/di/test/types.test.ts',
  'packages/mcp/test/crash.test.ts',
  'packages/otel/test/workers.test.ts',
  'packages/reload/test/sockets/ports.test.ts',
  'packages/reload/test/supervisor/blocked-application.test.ts',
  'packages/reload/test/supervisor/exclusive-application.test.ts',
  'packages/reload/test/supervisor/failures-by-phases.test.ts',
  'packages/reload/test/supervisor/inspect.test.ts',
  'packages/reload/test/supervisor/own-writes.test.ts',
  'packages/reload/test/supervisor/parent-watchdog.test.ts',
  'packages/reload/test/supervisor/project-files.test.ts',
  'packages/reload/test/supervisor/stop-with-clients.test.ts',
  'packages/reload/test/supervisor/taken-socket.test.ts',
  'packages/reload/test/supervisor/undone-change.test.ts',
  'packages/reload/test/supervisor/unwatched-save.test.ts',
  'packages/reload/test/terminal/keys.test.ts',
  'packages/reload/test/watch/events-by-watchers.test.ts',
  'packages/reload/test/watch/saves-by-tools.test.ts',
  'packages/web/test/inspector/life.test.ts',
  'packages/web/test/routing/inline-functions.test.ts',
  'test/combinations.test.ts',
  'test/getting-started.test.ts',
  'test/json-commands.test.ts',
  'test/node-types.test.ts',
  'test/secrets.test.ts',
]

export default defineConfig({
  // The packages are tested from source: no build comes before a test. Only what vitest does not add by itself
  // stands here, as the list reaches `require` too, where 'import' would pick ESM wrappers of CommonJS packages.
  ssr: { resolve: { conditions: ['@myfy/source', 'node'] } },
  test: {
    globalSetup: 'test/compile-packages.ts',
    include: ['packages/*/test/**/*.test.ts', 'apps/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...(process.env.MYFY_HEAVY ? [] : heavy)],
    pool: 'forks',
    // Real processes share two cores with the tests that start them.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // The default of one second ends before a busy machine has answered.
    expect: { poll: { timeout: 30_000 } },
    // Half of the tests wait for processes. On two cores vitest would run one file at a time.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // A second try for a process that a busy machine has starved. The reporter marks such a test as retried.
    retry: process.env.CI ? 1 : 0,
  },
})
