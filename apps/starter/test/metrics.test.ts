// The metrics of several workers, scraped from whichever answers.

import { describe, expect, it } from 'vitest'
import { keyOf, parseExposition, type Sample } from './exposition.ts'
import { AppProcess, myfy } from './process.ts'
import { postgres } from './servers.ts'

describe.skipIf(!postgres.reachable)(`two workers on ${postgres.name}`, { timeout: 120_000 }, () => {
  /** Starts two workers. */
  async function start() {
    const { env, remove } = await postgres.create()
    const app = new AppProcess(env, [...myfy, 'start', 'src/main.ts', '--workers', '2'])
    const [, url] = /on (http:[^;]+);/.exec(await app.lines.first(/workers ready/))!
    const get = (path: string) => fetch(url + path, { headers: { connection: 'close' } })
    return {
      app,
      get,
      /** Scrapes, and reads the answer by the rules of its format. */
      scrape: async () => {
        const response = await get('/metrics')
        expect(response.status).toBe(200)
        expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
        return parseExposition(await response.text())
      },
      send: async (count: number) => {
        for (let i = 0; i < count; i++) await (await get('/users')).text()
      },
      async [Symbol.asyncDispose]() {
        await app[Symbol.asyncDispose]()
        await remove()
      },
    }
  }

  const requests = (samples: readonly Sample[], worker?: string) =>
    samples
      .filter(
        ({ name, labels }) =>
          name === 'http_request_duration_seconds_count' &&
          labels.route === '/users' &&
          (worker === undefined || labels.worker === worker),
      )
      .reduce((sum, { value }) => sum + value, 0)

  const workersIn = (samples: readonly Sample[], name?: string) =>
    [
      ...new Set(
        samples.filter((one) => name === undefined || one.name === name).map(({ labels }) => labels.worker),
      ),
    ].sort()

  it('report the requests of both, each with its label', async () => {
    await using started = await start()
    await started.send(30)
    // Whichever worker answers.
    for (let i = 0; i < 2; i++) {
      const samples = await started.scrape()
      expect(requests(samples)).toBe(30)
      expect(requests(samples, '1')).toBeGreaterThan(0)
      expect(requests(samples, '2')).toBeGreaterThan(0)
      expect(workersIn(samples)).toEqual(['1', '2'])
    }
    expect(await started.app.stop()).toBe(0)
  })

  it('report one of them after a SIGKILL of the other, and then its successor from the beginning', async () => {
    await using started = await start()
    const { app, scrape, send } = started
    await send(20)
    const before = await scrape()
    const { pid } = JSON.parse(await app.lines.first(/worker 2 ready/)) as { pid: number }
    const from = app.lines.all.length
    process.kill(pid, 'SIGKILL')
    await app.lines.first(/worker 2 .* was killed by SIGKILL/, from)

    // A worker that starts late: scrapes go on until it is there.
    const scrapes = [before]
    let sent = 0
    do {
      await send(2)
      sent += 2
      scrapes.push(await scrape())
    } while (!workersIn(scrapes.at(-1)!).includes('2'))
    await send(10)
    sent += 10
    const last = await scrape()
    scrapes.push(last)

    // Histograms and gauges of a process that has ended are not there, instead of as they were.
    const [, first] = scrapes as [unknown, readonly Sample[]]
    expect(workersIn(first)).toEqual(['1'])
    for (const name of ['app_in_flight', 'app_users', 'http_request_duration_seconds_bucket']) {
      expect(workersIn(first, name)).toEqual(['1'])
      expect(workersIn(last, name)).toEqual(['1', '2'])
    }
    // As Prometheus sees it: no series of the worker that lives goes down, and those of the other begin anew.
    const former = new Map<string, number>()
    for (const samples of scrapes)
      for (const sample of samples) {
        if (sample.labels.worker !== '1' || !sample.name.startsWith('http_')) continue
        expect(sample.value).toBeGreaterThanOrEqual(former.get(keyOf(sample)) ?? 0)
        former.set(keyOf(sample), sample.value)
      }
    expect(requests(last, '1') - requests(before, '1') + requests(last, '2')).toBe(sent)
    expect(requests(last, '2')).toBeGreaterThan(0)
    expect(await app.stop()).toBe(0)
  })
})
