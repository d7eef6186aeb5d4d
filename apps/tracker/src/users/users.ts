// The users, and the mail that welcomes each.

import { work } from '@myfy/di'
import { Tasks } from '@myfy/tasks'
import { z } from 'zod'
import { Session } from '../data/tables.ts'
import { sendMail } from '../mail/mail.ts'
import { hash } from './passwords.ts'

export const NewUser = z.object({
  email: z.email().max(254).toLowerCase(),
  name: z.string().trim().min(1).max(100),
  password: z.string().min(8).max(200),
})
export const User = z
  .object({ id: z.number(), email: z.string(), name: z.string(), role: z.string() })
  .meta({ id: 'User' })

const columns = ['id', 'email', 'name', 'role'] as const

export const Users = work({ session: Session, tasks: Tasks }, ({ session: { query }, tasks }) => ({
  async create({ password, ...user }: z.infer<typeof NewUser>, role = 'member') {
    const values = { ...user, role, password_hash: await hash(password) }
    const row = await query.insertInto('users').values(values).returning(columns).executeTakeFirstOrThrow()
    await tasks.send(sendMail, { to: row.email, subject: 'Welcome', text: `Hello ${row.name}` })
    return row
  },
  byEmail: (email: string) =>
    query.selectFrom('users').selectAll().where('email', '=', email).executeTakeFirst(),
  byId: (id: number) => query.selectFrom('users').select(columns).where('id', '=', id).executeTakeFirst(),
}))
