import { describe, expect, test } from 'vitest'
import { serve } from './application.ts'
import { newConnections } from './load.ts'

describe('a stop of workers', { timeout: 60_000 }, () => {
  // Docker signals the first process, a terminal and systemd the whole group.
  test.each([
    ['SIGTERM', 'process'],
    ['SIGTERM', 'group'],
    ['SIGINT', 'group'],
    ['SIGQUIT', 'process'],
  ] as const)('by %s to the %s resets no new connection', async (signal, target) => {
    const { running, url } = await serve([], true)
    const load = newConnections(url, 140)
    await fetch(url)
    process.kill(target === 'group' ? -running.pid : running.pid, signal)
    const { code, output } = await running.ended
    expect((await load.end()).lost).toEqual([])
    expect(output.match(/Received shutdown signal/g)).toHaveLength(2)
    expect(code, output).toBe(0)
  })

  test('of a single worker replaces it', async () => {
    const { running, url } = await serve()
    const load = newConnections(url, 140)
    const [, pid] = /worker 1 ready \(pid (\d+)\)/.exec(running.output)!
    process.kill(Number(pid), 'SIGTERM')
    await running.until(`worker 1 (pid ${pid}) ended with code 0; another one starts`)
    await running.until(/another one starts[\s\S]*worker 1 ready/)
    running.kill('SIGTERM')
    expect((await running.ended).code).toBe(0)
    expect((await load.end()).lost).toEqual([])
  })

  test('is not changed by a repeated SIGTERM', async () => {
    const { running } = await serve()
    running.kill('SIGTERM')
    await running.until('Received shutdown signal')
    setTimeout(() => running.kill('SIGTERM'), 350)
    expect((await running.ended).code).toBe(0)
  })
})
