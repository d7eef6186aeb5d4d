import { Application, processHost } from '@myfy/core'
import { DataModule } from '@myfy/data'
import { defineRoutes, errors, WebModule } from '@myfy/web'
import { createTestClient, type TestClient } from '@myfy/web/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { CacheModule } from '../src/cache.ts'
import { type Change, Changes } from '../src/changes.ts'
import { Database } from '../src/database.ts'
import { AppSettings } from '../src/settings.ts'
import { Users } from '../src/users.ts'
import { quiet, read } from './application.ts'
import { embedded, postgres } from './servers.ts'

const inject = { users: Users }

describe.each([embedded, postgres].map((backend) => [backend.name, backend] as const))(
  'a transaction on %s',
  (_, backend) => {
    const it_ = it.skipIf(!backend.reachable)
    let client: TestClient
    let remove: () => Promise<void>
    let written = resolvers()

    const routes = defineRoutes('', (route) => {
      route.post('/:mail/kept', { inject }, ({ users, params }) => users.create(user(params.mail)))
      route.post('/:mail/thrown', { inject }, async ({ users, params }) => {
        await users.create(user(params.mail))
        throw new Error('after the write')
      })
      route.post('/:mail/returned', { inject }, async ({ users, params }) => {
        await users.create(user(params.mail))
        return errors.badRequest('after the write')
      })
      route.post('/:mail/left', { inject }, async ({ users, params, signal }) => {
        await users.create(user(params.mail))
        written.resolve()
        await new Promise((left) => signal.addEventListener('abort', left))
      })
    })

    beforeAll(async () => {
      if (!backend.reachable) return
      const place = await backend.create()
      remove = place.remove
      const host = { ...processHost, env: place.env, cwd: '/nonexistent' }
      const data = new DataModule({
        url: place.env.DATABASE_URL,
        directory: place.env.DATA_DIR,
        migrations: new URL('../migrations/', import.meta.url),
      })
      const modules = [data, new CacheModule(), new WebModule({ routes: [routes] })]
      client = await createTestClient(
        new Application({ settings: AppSettings, modules, host, logger: quiet }) as Application,
      )
    }, 90_000)
    beforeEach(() => {
      written = resolvers()
    })
    afterAll(async () => {
      await client?.close()
      await remove?.()
    })

    const kept = async (name: string) => {
      const { query } = client.app.container.get(Database)
      return (
        (await query.selectFrom('users').select('id').where('email', '=', user(name).email).execute())
          .length === 1
      )
    }

    it_('is committed before the response is sent', async () => {
      await client.post('/a/kept')
      expect(await kept('a')).toBe(true)
    })

    it_('is rolled back when the handler throws or returns an error', async () => {
      expect((await read(client.post('/b/thrown'))).status).toBe(500)
      expect(await kept('b')).toBe(false)
      expect((await read(client.post('/c/returned'))).status).toBe(400)
      expect(await kept('c')).toBe(false)
    })

    it_('is rolled back when the client disconnects, and frees its connection', async () => {
      const leaving = new AbortController()
      void client.post('/d/left', { signal: leaving.signal }).catch(() => {})
      await written.promise
      leaving.abort()
      await client.app.inFlight.whenIdle()
      expect(await kept('d')).toBe(false)
    })

    it_('publishes a change after the commit, and none after a rollback', async () => {
      const received: Change[] = []
      const last = resolvers()
      client.app.container.get(Changes).subscribe((change) => {
        received.push(change)
        if (change.user.name === 'f') last.resolve()
      })
      await read(client.post('/e/thrown'))
      await read(client.post('/f/kept'))
      await last.promise
      expect(received).toMatchObject([{ type: 'created', user: { name: 'f' } }])
    })
  },
)

const user = (name: string) => ({ name, email: `${name}@example.org` })

function resolvers() {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve: () => resolve() }
}
