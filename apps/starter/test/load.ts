// Mixed requests to several replicas, and a record of the acknowledged writes.

import { setMaxListeners } from 'node:events'
import { Agent, request } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'

export interface LoadReport {
  requests: number
  perSecond: number
  /** The 99th percentile of the latency, in ms. */
  p99: number
  /** Requests that were reset, timed out, or answered with an unexpected status. */
  lost: string[]
  /** Reads that returned a value replaced longer ago than CACHE_TTL. */
  stale: string[]
  /** The last acknowledged name of each user; null for a deleted user. */
  acknowledged: Map<number, string | null>
}

interface Answer {
  status: number
  body: { id: number; name: string }
}

/** A reverse proxy: it keeps connections alive, and tries the next replica when one refuses the connection. */
export class Balancer {
  // First in, first out: every connection stays in use, as those of a proxy do, and is not idle when it is closed.
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16, scheduling: 'fifo' })
  readonly #replicas: string[] = []
  #turn = 0

  add(url: string): void {
    this.#replicas.push(url)
  }

  /** Takes a replica out of rotation, as a proxy does when it is not ready. */
  remove(url: string): void {
    this.#replicas.splice(this.#replicas.indexOf(url), 1)
  }

  async send(method: string, path: string, json?: object): Promise<Answer> {
    for (let attempt = 0; ; attempt++) {
      const replica = this.#replicas[this.#turn++ % this.#replicas.length]!
      try {
        return await this.#send(replica + path, method, json && JSON.stringify(json))
      } catch (error) {
        // No request was sent, so a retry is safe for every method.
        if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED' || attempt > 5) throw error
      }
    }
  }

  close(): void {
    this.#agent.destroy()
  }

  #send(url: string, method: string, body?: string): Promise<Answer> {
    const headers =
      body === undefined ? {} : { 'content-type': 'application/json', 'content-length': body.length }
    return new Promise((resolve, reject) => {
      const sent = request(url, { method, headers, agent: this.#agent, timeout: 15_000 })
      sent.once('timeout', () => sent.destroy(new Error('no answer within 15 s')))
      sent.once('error', reject).once('response', async (incoming) => {
        try {
          let text = ''
          for await (const chunk of incoming) text += chunk
          resolve({ status: incoming.statusCode!, body: text ? JSON.parse(text) : undefined })
        } catch (error) {
          reject(error)
        }
      })
      sent.end(body)
    })
  }
}

/** Sends `rate` requests a second until the signal aborts. */
export async function load(
  balancer: Balancer,
  rate: number,
  cacheTtl: number,
  ending: AbortSignal,
): Promise<LoadReport> {
  const workers = 32
  const report: LoadReport = {
    requests: 0,
    perSecond: 0,
    p99: 0,
    lost: [],
    stale: [],
    acknowledged: new Map(),
  }
  const times: number[] = []
  // The users that are not deleted; any worker may read them.
  const shared: number[] = []
  const histories = new Map<number, Array<{ at: number; version: number }>>()
  const began = performance.now()
  setMaxListeners(0, ending)

  const send = async (method: string, path: string, expected: number, json?: object) => {
    const sentAt = performance.now()
    report.requests++
    try {
      const answer = await balancer.send(method, path, json)
      times.push(performance.now() - sentAt)
      if (answer.status === expected) return { ...answer, sentAt }
      report.lost.push(`${method} ${path}: ${answer.status}`)
    } catch (error) {
      report.lost.push(`${method} ${path}: ${(error as Error).message}`)
    }
    return undefined
  }

  const read = async (id: number) => {
    const answer = await send('GET', `/users/${id}`, 200)
    if (!answer) return
    const due = histories
      .get(id)!
      .filter(({ at }) => at <= answer.sentAt - cacheTtl)
      .at(-1)
    const version = Number(answer.body.name.split(' ').at(-1))
    if (due && version < due.version) report.stale.push(`user ${id}: ${version} instead of ${due.version}`)
  }

  const lifeOfOneUser = async function* (worker: number) {
    for (let round = 0; ; round++) {
      const created = await send('POST', '/users', 201, {
        name: 'version 0',
        email: `u${worker}-${round}@example.org`,
      })
      if (!created) {
        yield
        continue
      }
      const { id } = created.body
      const history = [{ at: performance.now(), version: 0 }]
      histories.set(id, history)
      report.acknowledged.set(id, 'version 0')
      if (round % 3 !== 0) shared.push(id)
      yield
      for (let version = 1; version <= 3; version++) {
        await read(id)
        yield
        const name = `version ${version}`
        if (await send('PATCH', `/users/${id}`, 200, { name })) {
          history.push({ at: performance.now(), version })
          report.acknowledged.set(id, name)
        }
        yield
        await read(shared.at(-version) ?? id)
        yield
      }
      await send('GET', '/users?limit=10', 200)
      yield
      if (round % 3 === 0) {
        if (await send('DELETE', `/users/${id}`, 204)) report.acknowledged.set(id, null)
        yield
      }
    }
  }

  const work = async (worker: number) => {
    const life = lifeOfOneUser(worker)
    for (let n = 0; !ending.aborted; n++) {
      const due = began + ((n * workers + worker) / rate) * 1_000
      await wait(Math.max(0, due - performance.now()), undefined, { signal: ending }).catch(() => {})
      if (!ending.aborted) await life.next()
    }
  }

  await Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)))
  report.perSecond = Math.round(report.requests / ((performance.now() - began) / 1_000))
  report.p99 = Math.round(times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0)
  return report
}
