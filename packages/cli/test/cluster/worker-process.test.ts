import { describe, expect, test } from 'vitest'
import { isAlive, project, start } from '../project.ts'
import { serve, version } from './application.ts'

describe('a worker whose event loop is blocked', { timeout: 60_000 }, () => {
  test('is killed and replaced, while the other worker serves', async () => {
    const { running, url } = await serve(['--worker-timeout', '2s'])
    const blocked = fetch(`${url}/loop`).then(
      () => 'answered',
      () => 'lost',
    )
    await running.until('looping')
    // One connection may have been sent to the blocked worker; it goes to another one when that is killed.
    const answers = Array.from({ length: 4 }, () => version(url))
    const [, slot] = await running.until(/worker (\d) \(pid \d+\) has not responded for 2 s/)
    await running.until(new RegExp(`another one starts in[\\s\\S]*worker ${slot} ready`))
    expect(await Promise.all(answers)).toEqual(['one', 'one', 'one', 'one'])
    expect(await blocked).toBe('lost')
    running.kill('SIGTERM')
    expect((await running.ended).code).toBe(0)
  })

  test('ends when the primary process was killed, and so does the other worker', async () => {
    const { running, url } = await serve(['--worker-timeout', '2s'])
    const pids = [...running.output.matchAll(/worker \d ready \(pid (\d+)\)/g)].map(([, pid]) => Number(pid))
    expect(pids).toHaveLength(2)
    void fetch(`${url}/loop`).catch(() => {})
    await running.until('looping')
    running.kill('SIGKILL')
    await expect.poll(() => pids.filter(isAlive), { timeout: 30_000, interval: 50 }).toEqual([])
  })

  test('by its first import ends when the primary process was killed', async () => {
    const source = `import { writeSync } from 'node:fs'\nwriteSync(2, 'looping in ' + process.pid + '\\n')\nfor (;;) {}\n`
    const cwd = project({ 'app.mjs': source })
    const running = start(['start', 'app.mjs', '--workers', '2', '--worker-timeout', '1s'], { cwd })
    const [, pid] = await running.until(/looping in (\d+)/)
    running.kill('SIGKILL')
    await expect.poll(() => isAlive(Number(pid)), { timeout: 30_000, interval: 50 }).toBe(false)
  })
})
