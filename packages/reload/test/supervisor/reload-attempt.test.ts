import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { LastGoodVersion } from '../../src/supervisor/reload-attempt.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

/** A version that serves for some time, fails, and stops for some time. */
function ended(served: number, stopped: number, signal: string | null = null): boolean {
  const version = new LastGoodVersion()
  version.serves()
  vi.advanceTimersByTime(served)
  version.ends()
  vi.advanceTimersByTime(stopped)
  version.ends(signal)
  return version.restarts
}

test.each([
  ['at once', 100, 0, false],
  ['at once, and stops for a long time', 100, 30_000, false],
  ['after a while', 5_000, 0, true],
  ['after a while, and stops for a long time', 5_000, 30_000, true],
])('a version that fails %s: whether it is started again', (_, served, stopped, restarts) => {
  expect(ended(served, stopped)).toBe(restarts)
})

test('a version whose process is killed while it stops is started again', () => {
  expect(ended(100, 100, 'SIGKILL')).toBe(true)
})

test('a version that serves again counts from then', () => {
  const version = new LastGoodVersion()
  version.serves()
  vi.advanceTimersByTime(5_000)
  version.ends()
  version.serves()
  vi.advanceTimersByTime(100)
  version.ends()
  expect(version.restarts).toBe(false)
})
