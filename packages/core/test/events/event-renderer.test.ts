import { expect, test } from 'vitest'
import { renderEvent } from '../../src/events/event-renderer.ts'
import type { LifecycleEvent } from '../../src/events/events.ts'
import type { Logger } from '../../src/events/logger.ts'

test('times are logged in milliseconds, to the microsecond', () => {
  const logged: object[] = []
  const log = (fields: object) => void logged.push(fields)
  const logger: Logger = { debug: log, info: log, warn: log, error: log }
  const event: LifecycleEvent = { type: 'module.started', module: 'data', ms: 1.8263190000000122, at: 0 }
  renderEvent(event, logger)
  expect(logged).toEqual([{ module: 'data', ms: 1.826 }])
})
