import { defineRoutes } from '@myfy/web'
import { describe, expect, it } from 'vitest'
import { DatabaseError, defineChannel, Session } from '../../src/index.ts'
import { application } from '../application.ts'
import { backends, hasPostgres } from '../databases.ts'

interface Note {
  readonly id: number
  readonly text?: string
}
const notes = defineChannel<Note>('notes')

const routes = defineRoutes('/notes', { inject: { session: Session, notes } }, (route) => {
  route.post('/:id', ({ session, notes, params }) => notes.publish(session, { id: Number(params.id) }))
  route.post('/:id/failed', async ({ session, notes, params }) => {
    await notes.publish(session, { id: Number(params.id) })
    throw new Error('after the message')
  })
})

describe.each(backends)('a channel on %s', (_, backend) => {
  const running = application(backend, [routes])
  const test = it.skipIf(!backend.reachable)
  const channel = () => running.client.app.container.get(notes)
  /** Subscribes until a message with an id arrives; returns the messages. */
  const until = (id: number) => {
    const received: Note[] = []
    return new Promise<Note[]>((resolve) => {
      const end = channel().subscribe((note) => {
        received.push(note)
        if (note.id !== id) return
        end()
        resolve(received)
      })
    })
  }

  test('carries the messages of committed transactions, in their order', async () => {
    const received = until(3)
    await running.client.post('/notes/1')
    expect((await running.client.post('/notes/2/failed')).status).toBe(500)
    await running.client.post('/notes/3')
    expect(await received).toEqual([{ id: 1 }, { id: 3 }])
  })

  test('publishes at once outside of a transaction', async () => {
    const received = until(4)
    await channel().publish(running.database, { id: 4, text: 'ü\n["' })
    expect(await received).toEqual([{ id: 4, text: 'ü\n["' }])
  })

  test('separates channels', async () => {
    const other = running.database.subscribe(
      'other',
      () => expect.fail('of another channel'),
      () => {},
    )
    const received = until(5)
    await channel().publish(running.database, { id: 5 })
    await received
    other()
  })

  test('refuses a message that PostgreSQL cannot carry', async () => {
    const large = channel().publish(running.database, { id: 6, text: 'ü'.repeat(4_000) })
    await expect(large).rejects.toThrow(DatabaseError)
    await expect(large).rejects.toMatchObject({ code: 'MYFY_CHANNEL_MESSAGE' })
    await channel().publish(running.database, { id: 6, text: 'u'.repeat(7_800) })
  })

  test('calls no subscriber that has left', async () => {
    const end = channel().subscribe(() => expect.fail('has left'))
    end()
    const received = until(7)
    await channel().publish(running.database, { id: 7 })
    await received
  })
})

describe.skipIf(!hasPostgres)('a channel whose connection is lost', () => {
  const [, backend] = backends[1]!
  const running = application(backend, [routes])

  it('tells its subscribers that messages may be missing, and carries messages again', async () => {
    const channel = running.client.app.container.get(notes)
    const missed = new Promise<void>((resolve) => void channel.subscribe(() => {}, resolve))
    await running.database.execute(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query ilike 'listen%'",
    )
    await missed
    const received = new Promise<Note>((resolve) => void channel.subscribe(resolve))
    await channel.publish(running.database, { id: 8 })
    expect(await received).toEqual({ id: 8 })
  })
})

describe('defineChannel', () => {
  it.each([
    ['', 'empty'],
    [{ name: 'prices' }, 'of type object'],
    [undefined, 'of type undefined'],
  ])('refuses the name %j', (name, reason) => {
    expect(() => defineChannel(name as string)).toThrow(`Cannot define a channel: its name is ${reason}.`)
  })
})
