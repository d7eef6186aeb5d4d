import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemClock } from '../../src/process/clock.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

const days = 86_400_000

test.each([1, 24, 25, 30, 365])('a timer of %d days fires once, when they are over', (n) => {
  let fired = 0
  systemClock.after(n * days, () => fired++)
  vi.advanceTimersByTime(n * days - 1)
  expect(fired).toBe(0)
  vi.advanceTimersByTime(400 * days)
  expect(fired).toBe(1)
})

test('a timer without end never fires, and can be cancelled', () => {
  let fired = 0
  const cancel = systemClock.after(Number.POSITIVE_INFINITY, () => fired++)
  vi.advanceTimersByTime(100 * days)
  expect(fired).toBe(0)
  cancel()
  expect(vi.getTimerCount()).toBe(0)
})
