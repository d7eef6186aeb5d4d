// Mails: a task for each, so that none is lost and none is sent for a user whose creation was rolled back.

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { singleton } from '@myfy/di'
import { defineTask } from '@myfy/tasks'
import { z } from 'zod'
import { AppSettings } from './settings.ts'

/** The outbox: a file for each mail. Replace it by a call of your provider, with `id` as its idempotency key. */
export const Outbox = singleton({ settings: AppSettings }, ({ settings }) => ({
  async send(id: string, to: string, text: string): Promise<void> {
    await mkdir(settings.mailDir, { recursive: true })
    await writeFile(join(settings.mailDir, `${id}.txt`), `To: ${to}\n\n${text}\n`)
  },
}))

const inject = { outbox: Outbox }
const input = z.object({ name: z.string(), email: z.string() })

/** Sent in the transaction that creates a user. */
export const welcomeMail = defineTask(
  { name: 'welcome-mail', input, inject, retry: 5, retryDelay: '10s', timeout: '15s' },
  ({ input, id, outbox }) => outbox.send(id, input.email, `Welcome, ${input.name}!`),
)

const schedule = { cron: '0 3 * * *', input: {}, missed: 'run' } as const

/** Sent every night by one replica. */
export const dailyReport = defineTask(
  { name: 'daily-report', input: z.object({}), inject, schedule, timeout: '15s' },
  async ({ id, session, outbox }) => {
    const { rows } = await session.execute<{ count: number }>('select count(*)::int as count from users')
    await outbox.send(id, 'team@example.org', `${rows[0]!.count} users`)
  },
)
