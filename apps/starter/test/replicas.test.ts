import { describe, expect, it } from 'vitest'
import { type Change, Changes } from '../src/changes.ts'
import type { User } from '../src/users.ts'
import { clientWith, read } from './application.ts'
import { Lines } from './lines.ts'
import { postgres } from './servers.ts'

describe.skipIf(!postgres.reachable)(`replicas on ${postgres.name}`, () => {
  it('apply each migration once when they start together', async () => {
    const { env, remove } = await postgres.create()
    const logs = [1, 2, 3, 4].map(() => new Lines())
    const clients = await Promise.all(
      logs.map(({ logger }) => clientWith({ ...env, DATABASE_POOL: '2' }, logger)),
    )
    expect(logs.map((log) => log.count(/ [1-9]\d* migrations? applied/)).sort()).toEqual([0, 0, 0, 1])
    await Promise.all(clients.map((client) => client.close()))
    await remove()
  })

  it('receive the changes of one another, and evict cached values', async () => {
    const { env, remove } = await postgres.create()
    const [one, other] = await Promise.all([clientWith(env), clientWith(env)])
    const changes = other!.app.container.get(Changes)
    const next = () => new Promise<Change>((resolve) => void changes.subscribe(resolve))

    const created = next()
    const { body } = await read<User>(
      one!.post('/users', { json: { name: 'Ada', email: 'ada@example.org' } }),
    )
    expect(await created).toEqual({ type: 'created', user: body })
    expect((await read(other!.get(`/users/${body.id}`))).body).toEqual(body)

    const updated = next()
    await read(one!.patch(`/users/${body.id}`, { json: { name: 'Ada L.' } }))
    expect(await updated).toMatchObject({ type: 'updated', user: { name: 'Ada L.' } })
    expect((await read(other!.get(`/users/${body.id}`))).body).toMatchObject({ name: 'Ada L.' })

    await Promise.all([one!.close(), other!.close()])
    await remove()
  })
})
