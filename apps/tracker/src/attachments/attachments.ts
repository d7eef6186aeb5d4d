// The files of a task.

import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { defineSettings } from '@myfy/core'
import { work } from '@myfy/di'
import type { UploadedFile } from '@myfy/web'
import { z } from 'zod'
import { Session } from '../data/tables.ts'

export const Attachment = z
  .object({ id: z.number(), taskId: z.number(), name: z.string(), type: z.string(), size: z.number() })
  .meta({ id: 'Attachment' })

export const StorageSettings = defineSettings(z.object({ directory: z.string().default('.uploads') }), {
  name: 'StorageSettings',
  prefix: 'storage',
})

const columns = ['id', 'task_id as taskId', 'name', 'type', 'size'] as const
const inject = { session: Session, settings: StorageSettings }

export const Attachments = work(inject, ({ session: { query }, settings }) => ({
  async add(task: number, file: UploadedFile) {
    const path = join(settings.directory, randomUUID())
    const { name, type, size } = file
    const values = { task_id: task, name, type, size, path }
    const row = await query
      .insertInto('attachments')
      .values(values)
      .returning(columns)
      .executeTakeFirstOrThrow()
    await mkdir(settings.directory, { recursive: true })
    await file.moveTo(path)
    return row
  },
  list: (task: number) =>
    query.selectFrom('attachments').select(columns).where('task_id', '=', task).execute(),
  find: (id: number) =>
    query
      .selectFrom('attachments')
      .select([...columns, 'path'])
      .where('id', '=', id)
      .executeTakeFirst(),
}))
