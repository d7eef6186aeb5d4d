import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { processorTimeOf, watchHeartbeat } from '../../src/supervisor/heartbeat.ts'

describe('a heartbeat', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }))
  afterEach(() => void vi.useRealTimers())

  /** A worker that has sent its last message now, and uses a share of the processor. */
  function silentWorker(share: number | undefined) {
    const blocked = vi.fn()
    const lastMessageAt = performance.now()
    const worker = {
      lastMessageAt,
      get processorMs() {
        return share === undefined ? undefined : share * (performance.now() - lastMessageAt)
      },
      send: vi.fn(),
    }
    watchHeartbeat({ limit: 5_000 }, () => worker, blocked)
    return { worker, blocked }
  }

  test.each([
    ['uses the processor all the time', 1, 6_000],
    ['uses half of the processor, because others use the rest', 0.5, 11_000],
    ['uses nothing, in a call that does not return', 0, 21_000],
    ['runs on a system that does not tell', undefined, 6_000],
  ])('reports a worker that %s', async (_, share, until) => {
    const { blocked } = silentWorker(share)
    await vi.advanceTimersByTimeAsync(until - 1_000)
    expect(blocked).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(blocked).toHaveBeenCalledExactlyOnceWith(5_000)
  })

  test('does not report a worker that answers', async () => {
    const { worker, blocked } = silentWorker(1)
    worker.send.mockImplementation(() => {
      worker.lastMessageAt = performance.now()
    })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(blocked).not.toHaveBeenCalled()
    expect(worker.send).toHaveBeenCalledTimes(60)
  })
})

test.skipIf(!existsSync('/proc/self/stat'))(
  'the processor time of a process grows while it computes',
  async () => {
    const busy =
      'const used = () => Object.values(process.cpuUsage()).reduce((a, b) => a + b); while (used() < 400_000); console.log(1); setInterval(() => {}, 1000)'
    const child = spawn(process.execPath, ['-e', busy], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    expect(processorTimeOf(child.pid)).toBeGreaterThanOrEqual(300)
    child.kill('SIGKILL')
    await once(child, 'close')
    expect(processorTimeOf(child.pid)).toBeUndefined()
    expect(processorTimeOf(undefined)).toBeUndefined()
  },
)
