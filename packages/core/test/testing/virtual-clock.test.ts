import { VirtualClock } from '@myfy/core/testing'
import { describe, expect, test } from 'vitest'

describe('the virtual clock', () => {
  test('fires timers in order of their time, then of their making', async () => {
    const clock = new VirtualClock()
    const seen: string[] = []
    clock.after(20, () => seen.push('b'))
    clock.after(10, () => seen.push('a'))
    clock.after(20, () => seen.push('c'))
    const cancelled = clock.after(5, () => seen.push('never'))
    cancelled()
    await clock.advance(20)
    expect(seen).toEqual(['a', 'b', 'c'])
    expect(clock.now()).toBe(20)
  })

  test('says so when a promise can never settle', async () => {
    await expect(new VirtualClock().run(new Promise(() => {}))).rejects.toThrow('Cannot settle the promise')
  })
})
