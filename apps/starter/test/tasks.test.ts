import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processHost } from '@myfy/core'
import { TaskQueue } from '@myfy/tasks'
import { createTestClient, type TestClient } from '@myfy/web/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '../src/app.ts'
import { dailyReport, welcomeMail } from '../src/mails.ts'
import { quiet, read } from './application.ts'
import { embedded, postgres } from './servers.ts'

describe.each([embedded, postgres].map((backend) => [backend.name, backend] as const))(
  'tasks on %s',
  (_, backend) => {
    const it_ = it.skipIf(!backend.reachable)
    let client: TestClient
    let remove: () => Promise<void>
    let mails: string

    beforeAll(async () => {
      if (!backend.reachable) return
      const place = await backend.create()
      remove = place.remove
      mails = await mkdtemp(join(tmpdir(), 'starter-mails-'))
      const env = { ...place.env, MAIL_DIR: mails }
      client = await createTestClient(
        createApp({ host: { ...processHost, env, cwd: '/nonexistent' }, logger: quiet, worker: false }),
      )
    }, 90_000)
    afterAll(async () => {
      await client?.close()
      await remove?.()
      if (mails) await rm(mails, { recursive: true })
    })

    const sent = async () => {
      const files = (await readdir(mails)).map((file) => readFile(join(mails, file), 'utf8'))
      return (await Promise.all(files)).sort()
    }
    const create = (name: string, email: string, headers = {}) =>
      read(client.post('/users', { json: { name, email }, headers }))

    it_('send one welcome mail for a user that was created, and none for one that was refused', async () => {
      expect((await create('Ada', 'ada@example.org')).status).toBe(201)
      expect((await create('Other', 'ada@example.org')).status).toBe(409)
      const { tasks } = client.app
      expect(await tasks.sent(welcomeMail)).toEqual([{ name: 'Ada', email: 'ada@example.org' }])
      await tasks.drain()
      expect(await sent()).toEqual(['To: ada@example.org\n\nWelcome, Ada!\n'])
    })

    it_('report the number of users at night', async () => {
      await client.app.container.get(TaskQueue).send(dailyReport, {})
      await client.app.tasks.drain()
      expect(await sent()).toContain('To: team@example.org\n\n1 users\n')
    })

    it_('are not sent again by a request that is repeated with its key', async () => {
      const key = { 'idempotency-key': '"b7"' }
      const first = await create('Bea', 'bea@example.org', key)
      const again = await create('Bea', 'bea@example.org', key)
      expect([again.status, again.body]).toEqual([201, first.body])
      expect(again.headers.get('idempotent-replayed')).toBe('true')
      expect(await client.app.tasks.drain()).toHaveLength(1)
      expect((await create('Bob', 'bob@example.org', key)).status).toBe(422)
    })
  },
)
