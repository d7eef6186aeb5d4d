// The time of day changes when the machine's clock is set: durations and deadlines are measured by `performance.now()`.
import { expect, test } from 'vitest'
import { find, read } from './markdown.ts'

/** The files that read the time of day, and the reason. */
const readers: Readonly<Record<string, string>> = {
  'packages/core/src/events/guarded-logger.ts': 'the time of a log line',
  'packages/core/src/events/console-logger.ts': 'the time of a log line',
  'packages/data/src/embedded/directory-lock.ts': 'a text for people',
  'packages/otel/src/otel-module.ts': 'the times of spans',
  'packages/reload/src/supervisor/reload-attempt.ts': 'compared with the times of files',
  'packages/reload/src/watch/own-writes.ts': 'compared with the times of files',
  'packages/reload/src/watch/watched-config.ts': 'compared with the time of a file',
  'packages/reload/src/worker/observe-writes.ts': 'compared with the times of files',
  'packages/reload/src/worker/error-page.ts': 'a text for people',
  'packages/tasks/src/bullmq/bull-engine.ts': 'compared with the times of jobs',
  'packages/tasks/src/bullmq/bull-schedules.ts': 'compared with the times of jobs',
  'packages/tasks/src/queue/task-queue.ts': 'the time of a job',
  'packages/web/src/answers/session.ts': 'kept in a cookie',
  'packages/web/src/inspector/page-script.ts': 'a text for people',
  'packages/web/src/inspector/recorder.ts': 'a text for people',
  'packages/web/src/node/listener.ts': 'the header Date',
}

test('the sources read the time of day only where it is one', () => {
  const files = find('packages/*/src/**/*.ts').filter((file) => {
    const code = read(file).replace(/^\s*(?:\*|\/\/|\/\*\*).*$/gm, '')
    return /\bDate\.now\b|\bnew Date\(\)/.test(code)
  })
  expect(files.sort()).toEqual(Object.keys(readers).sort())
})
