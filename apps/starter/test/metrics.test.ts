// The metrics of several workers, scraped from whichever answers.

import { describe, expect, it } from 'vitest'
import { AppProcess, myfy } from './process.ts'
import { postgres } from './servers.ts'

describe.skipIf(!postgres.reachable)(`two workers on ${postgres.name}`, { timeout: 60_000 }, () => {
  it('report the requests of both, each with its label', async () => {
    const { env, remove } = await postgres.create()
    await using app = new AppProcess(env, [...myfy, 'start', 'src/main.ts', '--workers', '2'])
    const [, url] = /on (http:[^;]+);/.exec(await app.lines.first(/workers ready/))!
    const get = (path: string) => fetch(url + path, { headers: { connection: 'close' } })
    for (let i = 0; i < 30; i++) await (await get('/users')).text()

    for (let scrape = 0; scrape < 2; scrape++) {
      const text = await (await get('/metrics')).text()
      const counts = [
        ...text.matchAll(
          /^http_request_duration_seconds_count\{[^}]*route="\/users"[^}]*worker="(\d)"[^}]*\} (\d+)$/gm,
        ),
      ]
      expect(counts.map(([, worker]) => worker).sort()).toEqual(['1', '2'])
      expect(counts.reduce((sum, [, , count]) => sum + Number(count), 0)).toBe(30)
      expect(text.match(/^# TYPE http_request_duration_seconds histogram$/gm)).toHaveLength(1)
    }
    expect(await app.stop()).toBe(0)
    await remove()
  })
})
