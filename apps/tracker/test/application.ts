// The application under test: its own embedded database in memory, and mails that are kept.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Logger, processHost } from '@myfy/core'
import { DataModule } from '@myfy/data'
import { createTestClient } from '@myfy/web/testing'
import { createApp } from '../src/app.ts'
import { type Mail, Mailer } from '../src/mail/mail.ts'

const migrations = new URL('../migrations/', import.meta.url)

export const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} }

export function testApp() {
  const uploads = mkdtempSync(join(tmpdir(), 'tracker-'))
  const mails: Mail[] = []
  const env = { JWT_SECRET: 'x'.repeat(32), PORT: '0', STORAGE_DIRECTORY: uploads }
  const app = createApp({
    database: new DataModule({ directory: 'memory://', migrations }),
    logger: quiet,
    host: { ...processHost, cwd: '/nonexistent', env },
  })
  const mailer = { send: async (mail: Mail) => void mails.push(mail) }
  app.override((container) => void container.override(Mailer, { value: mailer }))
  return { app, mails, remove: () => rmSync(uploads, { recursive: true, force: true }) }
}

export async function testClient() {
  const { app, mails, remove } = testApp()
  const client = await createTestClient(app)
  const json = { name: 'N', password: 'long enough' }
  /** Registers a user and returns the header of its requests. */
  const login = async (email: string) => {
    await client.post('/auth/register', { json: { email, ...json } })
    const response = await client.post('/auth/login', { json: { email, password: json.password } })
    const { token } = (await response.json()) as { token: string }
    return { token, headers: { authorization: `Bearer ${token}` } }
  }
  const close = async () => {
    await client.close()
    remove()
  }
  return { client, app, mails, login, close }
}
