import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ReloadRequest } from '../../src/watch/change-detector.ts'
import { RewriteGuard } from '../../src/watch/rewrite-guard.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const save = (...files: string[]): ReloadRequest => ({ type: 'replace', files, saved: files })
const config = (file: string): ReloadRequest => ({
  type: 'handOver',
  files: [],
  saved: [file],
  causes: [file],
  standbyUsable: true,
})

/** A guard over starts that take no time. The own files are those that the process writes, or that a child may have written. */
function guardOf(own: Set<string>, writer: 'process' | 'child' = 'process') {
  const log: string[] = []
  const names = ({ files, ...request }: Exclude<ReloadRequest, { type: 'unchanged' }>) =>
    request.type === 'handOver' ? `process ${request.causes}` : `swap ${files}`
  const made = (request: ReloadRequest | undefined) => {
    if (!request) return
    log.push(request.type === 'unchanged' ? 'unchanged' : names(request))
    guard.settled()
  }
  const guard: RewriteGuard = new RewriteGuard({
    attemptBegan: () => 0,
    isStarting: () => false,
    writerOf: (file, { childSince }) =>
      own.has(file) && (writer === 'process' || childSince !== Number.POSITIVE_INFINITY) ? writer : undefined,
    held: () => {},
    proceed: made,
    named: (file) => log.push(`named ${file}`),
  })
  return { guard, log, request: (request: ReloadRequest) => made(guard.admit(request)) }
}

/** Writes the file after each start, 30 ms later, until no start follows for a minute. */
function loop({ log, request }: ReturnType<typeof guardOf>, file: ReloadRequest): void {
  for (let before = -1; before !== log.length; ) {
    before = log.length
    vi.advanceTimersByTime(30)
    request(file)
    for (let ms = 0; ms < 60_000 && log.length === before; ms += 100) vi.advanceTimersByTime(100)
  }
}

test.each([
  ['a module', save('a'), 'swap a'],
  ['a file of the environment', config('a'), 'process a'],
])('%s that each start writes is named after eight reloads, with pauses', (_name, request, text) => {
  const app = guardOf(new Set(['a']))
  const began = performance.now()
  loop(app, request)
  expect(app.log.slice(0, 9)).toEqual([...Array(8).fill(text), 'named a'])
  expect(app.log).toHaveLength(9)
  expect(performance.now() - began).toBeGreaterThan(10_000)
})

test('a file that a child may write at each start is named later, and no reload for it is dropped', () => {
  const app = guardOf(new Set(['a']), 'child')
  for (let count = 0; app.log.length < 40; count++) {
    vi.advanceTimersByTime(30)
    const before = app.log.length
    app.request({ type: 'replace', files: ['a', `version ${count}`], saved: ['a'] })
    for (let ms = 0; app.log.at(-1) !== `swap a,version ${count}`; ms += 100) {
      expect(ms, `after ${before} reloads`).toBeLessThan(13_000)
      vi.advanceTimersByTime(100)
    }
  }
  expect(app.log.filter((line) => line.startsWith('named'))).toEqual(['named a'])
  expect(app.log.indexOf('named a')).toBe(33)
})

test.each([100, 900, 3_000])('a file that a timer of the application writes every %i ms is named', (ms) => {
  const { log, request } = guardOf(new Set(['a']))
  for (let count = 0; count < 1000; count++) {
    request(save('a'))
    vi.advanceTimersByTime(ms)
  }
  expect(log.length).toBeLessThanOrEqual(9)
  expect(log.at(-1)).toBe('named a')
})

test('a save of another file reloads, and gives the named file one more reload', () => {
  const app = guardOf(new Set(['a']))
  loop(app, save('a'))
  app.log.length = 0
  app.request(save('a', 'b'))
  loop(app, save('a'))
  expect(app.log).toEqual(['swap a,b', 'swap a'])
})

test('a named file that a start no longer writes may be written again later', () => {
  const own = new Set(['a'])
  const app = guardOf(own)
  loop(app, save('a'))
  app.request(save('b'))
  vi.advanceTimersByTime(6_000)
  app.request(save('b'))
  app.log.length = 0
  loop(app, save('a'))
  expect(app.log).toContain('named a')
  expect(app.log).toHaveLength(9)
})

test.each([0, 5, 30, 100, 400, 900, 2_000, 4_000])(
  'a file that the application does not write is never held: a save %i ms after each start',
  (ms) => {
    const { log, request } = guardOf(new Set())
    for (let count = 0; count < 50; count++) {
      request(save('a'))
      vi.advanceTimersByTime(ms)
    }
    expect(log).toEqual(Array(50).fill('swap a'))
  },
)

test.each([50, 100, 400, 900, 1_300, 2_000, 3_500, 4_900, 5_500, 6_500, 8_000])(
  'a child that may be the writer: thirty saves at an interval of %i ms are served at once, and after more the last one',
  (ms) => {
    const { log, request } = guardOf(new Set(['a']), 'child')
    const saves = Array.from({ length: 30 }, (_, count) => `version ${count}`)
    for (const version of saves) {
      request({ type: 'replace', files: ['a', version], saved: ['a'] })
      vi.advanceTimersByTime(ms)
    }
    expect(log).toEqual(saves.map((version) => `swap a,${version}`))
    for (let count = 0; count < 70; count++) {
      request({ type: 'replace', files: ['a', `later ${count}`], saved: ['a'] })
      vi.advanceTimersByTime(ms)
    }
    vi.advanceTimersByTime(12_000)
    expect(log.filter((line) => line.startsWith('named'))).toEqual([])
    expect(log.at(-1)).toBe('swap a,later 69')
  },
)

test('a file that is not part of the loop is served at once, also if a child may have written it', () => {
  const app = guardOf(new Set(['a', 'b']), 'child')
  for (let count = 0; count < 32; count++) app.request(save('a'))
  expect(app.log).toHaveLength(30)
  app.log.length = 0
  app.request(save('a', 'b'))
  app.request(save('b'))
  expect(app.log).toEqual(['swap a,b', 'swap b'])
})

test('a save whose start failed at a named file is served, but does not begin the loop again', () => {
  const app = guardOf(new Set(['a']))
  loop(app, save('a'))
  app.request(save('b'))
  app.request(save('a'))
  app.log.length = 0
  loop(app, { type: 'replace', files: ['a', 'b'], saved: ['a'] })
  expect(app.log).toEqual(['swap a,b'])
})

test('what the environment needs is not lost by a save during the pause', () => {
  const { log, request } = guardOf(new Set(['.env']))
  for (let count = 0; count < 6; count++) request(config('.env'))
  expect(log).toHaveLength(5)
  request(save('b'))
  expect(log.at(-1)).toBe('process .env,b')
})

test('a file that equals the running application again is not reloaded after the pause', () => {
  const { log, request } = guardOf(new Set(['a']))
  for (let count = 0; count < 6; count++) request(save('a'))
  request({ type: 'unchanged' })
  vi.advanceTimersByTime(60_000)
  expect(log).toEqual([...Array(5).fill('swap a'), 'unchanged'])
})
