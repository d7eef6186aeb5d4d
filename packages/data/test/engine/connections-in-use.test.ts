// Work that waits for a connection which it, or other work, does not give back.

import { consoleLogger } from '@myfy/core'
import { Database, DataModule, Session } from '@myfy/data'
import { defineRoutes } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { describe, expect, it } from 'vitest'
import { backends } from '../databases.ts'

const routes = defineRoutes('', (route) => [
  // The handler holds the connection of its session, and waits for another one.
  route.get(
    '/both',
    { inject: { session: Session, database: Database }, timeout: 3_000 },
    async ({ session, database }) => {
      await session.execute('select 1')
      return (await database.execute('select 2 as two')).rows
    },
  ),
])

describe.each(backends)('work that waits for a connection of %s which it holds itself', (_, backend) => {
  it.skipIf(!backend.reachable)('is answered with 503, and the log names who holds it', async () => {
    const place = await backend.create()
    const lines: string[] = []
    const logger = consoleLogger({ json: true, write: (line) => void lines.push(line) })
    try {
      const data = new DataModule({ ...place.options, ...(backend.kind === 'postgres' && { pool: 1 }) })
      await using client = await createTestClient({ modules: [data], routes: [routes], logger })
      expect((await client.get('/both')).status).toBe(503)
      const told = lines.filter((line) => line.includes('GET /both'))
      expect(told.join()).toMatch(/in use.* by GET \/both\. .*run what belongs to a request in its Session/)
    } finally {
      await place.remove()
    }
  })
})
