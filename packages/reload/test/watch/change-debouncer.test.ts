import { expect, test } from 'vitest'
import { ChangeDebouncer } from '../../src/watch/change-debouncer.ts'

function paced() {
  let now = 0
  const timers = new Set<{ at: number; then: () => void }>()
  const batches: Array<{ at: number; paths: string[] }> = []
  const pacer = new ChangeDebouncer((paths) => batches.push({ at: now, paths: [...paths] }), {
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
  return { pacer, advance, batches }
}

test('the first save is looked at at once', () => {
  const { pacer, advance, batches } = paced()
  advance(1000)
  pacer.add('a')
  pacer.add('b')
  advance(1000)
  expect(batches).toEqual([{ at: 1000, paths: ['a', 'b'] }])
})

test('nine saves in a burst are two looks, and the last one comes after the last save', () => {
  const { pacer, advance, batches } = paced()
  for (let save = 0; save < 9; save++) {
    advance(save * 10)
    pacer.add('a')
    advance(save * 10)
  }
  advance(500)
  expect(batches.map(({ at }) => at)).toEqual([0, 110])
})

test('two saves 40 ms apart are two looks at once, and a burst without end is looked at after 500 ms', () => {
  const { pacer, advance, batches } = paced()
  pacer.add('a')
  advance(40)
  pacer.add('a')
  advance(40)
  expect(batches.map(({ at }) => at)).toEqual([0, 40])
  for (let at = 45; at < 700; at += 5) {
    advance(at)
    pacer.add('a')
  }
  expect(batches.length).toBeGreaterThan(2)
})

test('what comes after a first look that came to nothing is looked at at once, after a burst it is not', () => {
  const { pacer, advance, batches } = paced()
  pacer.add('truncated')
  advance(0)
  pacer.restart()
  advance(1)
  pacer.add('written')
  advance(1)
  expect(batches.map(({ at }) => at)).toEqual([0, 1])
  advance(2)
  pacer.add('again')
  advance(40)
  expect(batches).toHaveLength(3)
  pacer.restart()
  pacer.add('and again')
  advance(40)
  expect(batches).toHaveLength(4)
})
