import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Turns } from '../../src/engine/turns.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('a turn on the only connection', () => {
  const begin = () => {
    const warnings: string[] = []
    return { warnings, turns: new Turns((text) => void warnings.push(text)) }
  }

  it('that is waited for long is reported, with the work that waits and the one that has it', async () => {
    const { warnings, turns } = begin()
    const end = await turns.take({ ms: 30_000, label: 'GET /users' })
    // The request itself, which would wait in vain.
    const waiting = turns.take({ ms: 30_000 })
    await vi.advanceTimersByTimeAsync(1_999)
    expect(warnings).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(warnings).toEqual([
      expect.stringMatching(
        /^a statement of Database has waited for 2 s .* in use by GET \/users\. .*Session/,
      ),
    ])
    end()
    ;(await waiting)()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(warnings).toHaveLength(1)
  })

  it('that does not come in time is refused, with the work that has it', async () => {
    const { turns } = begin()
    await turns.take({ ms: 30_000, label: 'GET /users' })
    const refused = expect(turns.take({ ms: 500, label: 'GET /orders' })).rejects.toMatchObject({
      code: 'MYFY_DATABASE_BUSY',
      message: expect.stringContaining('in use by GET /users for 500 ms'),
    })
    await vi.advanceTimersByTimeAsync(500)
    await refused
  })

  it('comes in the order of the requests, also if one of them has left', async () => {
    const { turns } = begin()
    const end = await turns.take({ ms: 1_000 })
    const leaving = new AbortController()
    const left = turns.take({ ms: 1_000, signal: leaving.signal })
    const next = turns.take({ ms: 1_000 })
    leaving.abort(new Error('left'))
    await expect(left).rejects.toThrow('left')
    end()
    await expect(next).resolves.toBeTypeOf('function')
  })
})
