import { defineModule } from '@myfy/core'
import { createTestApp } from '@myfy/core/testing'
import { describe, expect, it } from 'vitest'
import { DataModule, everyInCluster, Lease, LeaseLostError } from '../../src/index.ts'
import { application, quiet } from '../application.ts'
import { backends, postgres } from '../databases.ts'

describe.each(backends)('a lease on %s', (_, backend) => {
  const running = application(backend, [])
  const test = it.skipIf(!backend.reachable)
  const take = (name: string, owner: string, ttl = 60_000) =>
    Lease.acquire(running.database, name, ttl, owner)
  const expire = (name: string) =>
    running.database.execute("update myfy_leases set expires_at = now() - interval '1 s' where name = $1", [
      name,
    ])

  test('has one holder at a time, which others see', async () => {
    const leases = await Promise.all(['a', 'b', 'c'].map((owner) => take('one', owner)))
    expect(leases.filter(Boolean)).toHaveLength(1)
    const holder = await Lease.holder(running.database, 'one')
    expect(['a', 'b', 'c']).toContain(holder?.owner)
    expect(holder?.since).toBeInstanceOf(Date)
  })

  test('passes to another holder when it is released or has expired, with a greater token', async () => {
    const first = await take('passed', 'a')
    await first!.release(running.database)
    const second = await take('passed', 'b')
    expect(second!.token).toBe(first!.token + 1n)
    await expire('passed')
    const third = await take('passed', 'c')
    expect(third!.token).toBe(second!.token + 1n)
    await expect(second!.renew(running.database)).rejects.toThrow(LeaseLostError)
    await third!.renew(running.database)
  })

  test('refuses a transaction under an old token', async () => {
    const old = await take('fenced', 'a')
    await expire('fenced')
    await take('fenced', 'b')
    const transaction = await running.database.begin()
    await expect(old!.fence(transaction)).rejects.toThrow(LeaseLostError)
    await transaction.rollback()
  })
})

describe.skipIf(!postgres.reachable)('periodic work in a cluster on PostgreSQL', () => {
  it('runs in one process, which hands it on when it drains; a failed turn does not end it', async () => {
    const place = await postgres.create()
    const turns: string[] = []
    let wake = () => {}
    const replica = (id: string) =>
      createTestApp({
        logger: quiet,
        modules: [
          new DataModule(place.options),
          defineModule({
            name: 'ticks',
            requires: [DataModule],
            start: (context) =>
              everyInCluster(context, 10, 'tick', ({ lease }) => {
                turns.push(`${id} ${lease.token}`)
                wake()
                if (turns.length === 2) throw new Error('one turn fails')
              }),
          }),
        ],
      })
    const until = async (count: number) => {
      while (turns.length < count)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    }
    const first = await replica('a')
    const second = await replica('b')
    await until(5)
    expect(new Set(turns)).toEqual(new Set(['a 1']))
    await first.stopModules()
    const count = turns.length
    await until(count + 2)
    expect(new Set(turns.slice(count))).toEqual(new Set(['b 2']))
    await second.stopModules()
    await place.remove()
  })

  it('is `every` with the option `once` in any module', async () => {
    const place = await postgres.create()
    const turns: string[] = []
    let wake = () => {}
    const replica = (id: string) =>
      createTestApp({
        logger: quiet,
        modules: [
          new DataModule(place.options),
          defineModule({
            name: 'ticks',
            requires: [DataModule],
            start: ({ every }) => {
              const tick = () => {
                turns.push(id)
                wake()
              }
              every(10, 'once', tick, { once: 'cluster' })
            },
          }),
        ],
      })
    const apps = [await replica('a'), await replica('b')]
    while (turns.length < 10)
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    expect(new Set(turns).size).toBe(1)
    await Promise.all(apps.map((app) => app.stopModules()))
    await place.remove()
  })
})

it('once in a cluster needs a module with leases', async () => {
  const ticks = defineModule({
    name: 'ticks',
    start: ({ every }) => every(10, 'tick', () => {}, { once: 'cluster' }),
  })
  await expect(createTestApp({ modules: [ticks], logger: quiet })).rejects.toThrow(
    /Cannot run 'tick' once in a cluster: no module has leases. Add DataModule/,
  )
})
