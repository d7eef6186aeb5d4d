import { describe, expect, test } from 'vitest'
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
})
