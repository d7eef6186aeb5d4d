// Drizzle in the transaction of a request.
import { defineRoutes } from '@myfy/web'
import { eq, sql } from 'drizzle-orm'
import { integer, pgTable, serial, text, timestamp } from 'drizzle-orm/pg-core'
import { drizzle } from 'drizzle-orm/pg-proxy'
import { describe, expect, it } from 'vitest'
import { defineDriver, tablesOf } from '../../src/index.ts'
import { application } from '../application.ts'
import { backends } from '../databases.ts'

const posts = pgTable('posts', {
  id: serial('id').primaryKey(),
  title: text('title').notNull(),
  likes: integer('likes').notNull().default(0),
  at: timestamp('at', { withTimezone: true }).notNull().defaultNow(),
})

const { Session } = tablesOf<{ posts: { id: number; likes: number } }>()

const Drizzle = defineDriver({
  connect: (connection) =>
    drizzle(async (statement, values, method) => {
      const { rows } = await connection.execute<unknown[]>(statement, values, { arrays: method === 'all' })
      return { rows }
    }),
})

describe.each(backends)('Drizzle on %s', (_, backend) => {
  const inject = { session: Session }
  const routes = defineRoutes('', (route) => {
    route.post('/posts/:title', { inject }, async ({ session, params }) => {
      const db = session.use(Drizzle)
      expect(session.use(Drizzle)).toBe(db)
      const [post] = await db.insert(posts).values({ title: params.title }).returning()
      await session.query.updateTable('posts').set({ likes: 2 }).where('id', '=', post!.id).execute()
      const [read] = await db.select().from(posts).where(eq(posts.id, post!.id))
      if (params.title === 'refused') throw new Error('after the write')
      return { title: read!.title, likes: read!.likes, year: read!.at.getUTCFullYear() > 2000 }
    })
    route.get('/count', { inject }, async ({ session }) => {
      const [row] = await session.use(Drizzle).select({ n: sql<number>`count(*)::int` }).from(posts)
      return row
    })
  })
  const running = application(backend, [routes], {
    migrations: {
      '0001-posts':
        'create table posts (id serial primary key, title text not null, likes int not null default 0, at timestamptz not null default now())',
    },
  })

  it.skipIf(!backend.reachable)('shares the transaction of the request with other statements', async () => {
    const kept = await running.client.post('/posts/kept')
    expect(await kept.json()).toEqual({ title: 'kept', likes: 2, year: true })
    expect((await running.client.post('/posts/refused')).status).toBe(500)
    expect(await (await running.client.get('/count')).json()).toEqual({ n: 1 })
  })
})

describe('defineDriver', () => {
  it('refuses what has no function connect', () => {
    for (const driver of [undefined, {}, { conect: () => 1 }])
      expect(() => defineDriver(driver as never)).toThrow(
        'Cannot use the driver of defineDriver(): it has no function connect.',
      )
  })

  it('takes an instance of a class with further fields', () => {
    class Counted {
      connections = 0
      connect() {
        return ++this.connections
      }
    }
    expect(defineDriver(new Counted()).connect(undefined as never)).toBe(1)
  })
})
