import { expect, test } from 'vitest'
import { ChangeDebouncer } from '../../src/watch/change-debouncer.ts'

function debounced() {
  let now = 0
  const timers = new Set<{ at: number; then: () => void }>()
  const batches: Array<{ at: number; paths: string[] }> = []
  const debouncer = new ChangeDebouncer((paths) => batches.push({ at: now, paths: [...paths] }), {
    now: () => now,
    after(ms, then) {
      const timer = { at: now + ms, then }
      timers.add(timer)
      return () => timers.delete(timer)
    },
  })
  const advance = (to: number) => {
    for (;;) {
      const due = [...timers].filter(({ at }) => at <= to).sort((a, b) => a.at - b.at)[0]
      if (!due) break
      timers.delete(due)
      now = due.at
      due.then()
    }
    now = to
  }
  return { debouncer, advance, batches }
}

test('the first save is inspected immediately', () => {
  const { debouncer, advance, batches } = debounced()
  advance(1000)
  debouncer.add('a')
  debouncer.add('b')
  advance(1000)
  expect(batches).toEqual([{ at: 1000, paths: ['a', 'b'] }])
})

test('nine saves in a burst are two inspections, the second one after the last save', () => {
  const { debouncer, advance, batches } = debounced()
  for (let save = 0; save < 9; save++) {
    advance(save * 10)
    debouncer.add('a')
    advance(save * 10)
  }
  advance(500)
  expect(batches.map(({ at }) => at)).toEqual([0, 110])
})

test('two saves 40 ms apart are inspected immediately, and an endless burst after 500 ms', () => {
  const { debouncer, advance, batches } = debounced()
  debouncer.add('a')
  advance(40)
  debouncer.add('a')
  advance(40)
  expect(batches.map(({ at }) => at)).toEqual([0, 40])
  for (let at = 45; at < 700; at += 5) {
    advance(at)
    debouncer.add('a')
  }
  expect(batches.length).toBeGreaterThan(2)
})

test('a save after an inspection without effect is inspected immediately, but not after a burst', () => {
  const { debouncer, advance, batches } = debounced()
  debouncer.add('truncated')
  advance(0)
  debouncer.restart()
  advance(1)
  debouncer.add('written')
  advance(1)
  expect(batches.map(({ at }) => at)).toEqual([0, 1])
  advance(2)
  debouncer.add('again')
  advance(40)
  expect(batches).toHaveLength(3)
  debouncer.restart()
  debouncer.add('and again')
  advance(40)
  expect(batches).toHaveLength(4)
})
