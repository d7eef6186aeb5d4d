import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { AnswerTimeouts } from '../../src/pipeline/answer-timeout.ts'
import type { Exchange } from '../../src/request/exchange.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

/** The part of an exchange that a timeout works with. */
const exchange = (timeout: number, state: { bodyPending: boolean } = { bodyPending: false }) => {
  const parts = { timeout, fail() {}, abort() {} }
  return Object.defineProperty(parts, 'bodyPending', { get: () => state.bodyPending }) as unknown as Exchange
}

/** Starts a timeout that notes the time at which it expires. */
function starter() {
  const timeouts = new AnswerTimeouts()
  const expired: string[] = []
  const began = performance.now()
  const start = (name: string, of: Exchange) =>
    timeouts.start(of, () => void expired.push(`${name} ${Math.round(performance.now() - began)}`))
  return { expired, start }
}

test('each answer expires at its own time, whatever the limits of others', () => {
  const { expired, start } = starter()
  start('a', exchange(100))
  vi.advanceTimersByTime(40)
  start('b', exchange(100))
  start('c', exchange(20))
  vi.advanceTimersByTime(200)
  expect(expired).toEqual(['c 60', 'a 100', 'b 140'])
})

test('an answer that was sent does not expire, in any order', () => {
  const { expired, start } = starter()
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => start(name, exchange(100)))
  expect([b!.answered(), a!.answered(), d!.answered(), d!.answered()]).toEqual([true, true, true, false])
  start('e', exchange(100))
  vi.advanceTimersByTime(200)
  expect(expired).toEqual(['c 100', 'e 100'])
  expect(c!.answered()).toBe(false)
})

test('the time of a body that is awaited begins again, and delays no other answer', () => {
  const { expired, start } = starter()
  const upload = { bodyPending: true }
  start('upload', exchange(100, upload))
  vi.advanceTimersByTime(10)
  start('other', exchange(100))
  vi.advanceTimersByTime(95)
  upload.bodyPending = false
  vi.advanceTimersByTime(200)
  expect(expired).toEqual(['other 110', 'upload 200'])
})
