// Users: what they are, and how they are kept.

import { request } from '@myfy/di'
import { z } from 'zod'
import { Cache, userKey } from './cache.ts'
import { Changes } from './changes.ts'
import { Session } from './session.ts'

export const NewUser = z.object({
  name: z.string().trim().min(1).max(100),
  email: z.email().max(254).toLowerCase(),
})

export const UserPatch = NewUser.partial().refine((patch) => Object.keys(patch).length, 'nothing to change')

export const User = NewUser.extend({ id: z.number(), createdAt: z.iso.datetime() })

export type User = z.infer<typeof User>

const columns = ['id', 'name', 'email', 'created_at'] as const

type Row = Omit<User, 'createdAt'> & { created_at: Date }

const toUser = ({ created_at, ...row }: Row): User => ({ ...row, createdAt: created_at.toISOString() })

const inject = { session: Session, changes: Changes, cache: Cache }

/** The users as one request sees them: everything it does is one transaction. */
export const Users = request(inject, ({ session, changes, cache }) => {
  /** Tells all replicas, and forgets the copy before the answer goes out: whoever got it reads what he wrote. */
  const tell = async (type: 'created' | 'updated' | 'deleted', row: Row | undefined) => {
    const user = row && toUser(row)
    if (!user) return undefined
    await changes.tell(session, { type, user })
    session.afterCommit(() => cache.forget(userKey(user.id)))
    return user
  }

  return {
    async list(limit: number, after: number): Promise<User[]> {
      const query = (await session.query).selectFrom('users').select(columns)
      return (await query.where('id', '>', after).orderBy('id').limit(limit).execute()).map(toUser)
    },

    find: (id: number) =>
      cache.through(userKey(id), async () => {
        const query = (await session.query).selectFrom('users').select(columns)
        const row = await query.where('id', '=', id).executeTakeFirst()
        return row && toUser(row)
      }),

    async create(user: z.infer<typeof NewUser>) {
      const query = (await session.query).insertInto('users').values(user)
      return tell('created', await query.returning(columns).executeTakeFirst())
    },

    async update(id: number, patch: z.infer<typeof UserPatch>) {
      const query = (await session.query).updateTable('users').set(patch).where('id', '=', id)
      return tell('updated', await query.returning(columns).executeTakeFirst())
    },

    async delete(id: number) {
      const query = (await session.query).deleteFrom('users').where('id', '=', id)
      return tell('deleted', await query.returning(columns).executeTakeFirst())
    },
  }
})
