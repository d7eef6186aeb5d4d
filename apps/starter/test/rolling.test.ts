import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { User } from '../src/users.ts'
import { read } from './application.ts'
import { Balancer, load } from './load.ts'
import { AppProcess } from './process.ts'
import { postgresAndRedis as backend } from './servers.ts'

// MYFY_HEAVY=1 runs for 90 s at 250 requests a second. Otherwise each replica is replaced once.
const heavy = process.env.MYFY_HEAVY === '1'
const seconds = heavy ? 90 : 0
const rate = heavy ? 250 : 120
const cacheTtl = 500

describe.skipIf(!backend.reachable)(`two replicas on ${backend.name}`, { timeout: 240_000 }, () => {
  it('are replaced one at a time under load without a lost request, a lost write or a stale read', async () => {
    const { env, remove } = await backend.create()
    const balancer = new Balancer()
    const start = async () => {
      const app = new AppProcess({ ...env, CACHE_TTL: String(cacheTtl) })
      const url = await app.url()
      balancer.add(url)
      return { app, url }
    }
    const replicas = [await start(), await start()]
    const ending = new AbortController()
    const loading = load(balancer, rate, cacheTtl, ending.signal)

    const began = performance.now()
    let replaced = 0
    do {
      for (let i = 0; i < replicas.length; i++) {
        // The signal arrives under load. The balancer notices it only by the behavior of the replica.
        const { app, url } = replicas[i]!
        app.child.kill('SIGTERM')
        await app.lines.first(/drained in/)
        balancer.remove(url)
        expect(await app.exited, String(app.lines)).toBe(0)
        replicas[i] = await start()
        replaced++
        // Steady load between replacements: starting a process occupies a core for two seconds.
        if (heavy) await setTimeout(5_000)
      }
    } while (performance.now() - began < seconds * 1_000)
    ending.abort()
    const { acknowledged, ...report } = await loading

    if (heavy) console.log({ ...report, replaced, users: acknowledged.size })
    expect(report.lost).toEqual([])
    expect(report.stale).toEqual([])
    const there = new Map<number, string>()
    for (let after = 0; ; ) {
      const { body } = await read<User[]>(fetch(`${replicas[0]!.url}/users?limit=200&after=${after}`))
      for (const { id, name } of body) there.set(id, name)
      if (body.length < 200) break
      after = body.at(-1)!.id
    }
    const expected = [...acknowledged].filter(([, name]) => name !== null)
    expect([...there].sort(([a], [b]) => a - b)).toEqual(expected.sort(([a], [b]) => a - b))

    balancer.close()
    expect(await Promise.all(replicas.map(({ app }) => app.stop()))).toEqual([0, 0])
    await remove()
  })
})
