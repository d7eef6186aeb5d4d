// The users in the database.

import { request } from '@myfy/di'
import type { z } from 'zod'
import { Cache, userKey } from '../cache.ts'
import { Changes } from '../changes.ts'
import { Session } from '../database.ts'
import type { NewUser, User, UserPatch } from './user.ts'

const columns = ['id', 'name', 'email', 'created_at'] as const

type Row = Omit<User, 'createdAt'> & { created_at: Date }

const toUser = ({ created_at, ...row }: Row): User => ({ ...row, createdAt: created_at.toISOString() })

const inject = { session: Session, changes: Changes, cache: Cache }

/** The users as one request sees them: all statements of a request are one transaction. */
export const Users = request(inject, ({ session, changes, cache }) => {
  /** Notifies all replicas, and evicts the cached copy before the response is sent: a client reads its own writes. */
  const publish = async (type: 'created' | 'updated' | 'deleted', row: Row | undefined) => {
    const user = row && toUser(row)
    if (!user) return undefined
    await changes.publish(session, { type, user })
    session.afterCommit(() => cache.evict(userKey(user.id)))
    return user
  }

  return {
    async list(limit: number, after: number): Promise<User[]> {
      const query = session.query.selectFrom('users').select(columns)
      return (await query.where('id', '>', after).orderBy('id').limit(limit).execute()).map(toUser)
    },

    find: (id: number) =>
      cache.through(userKey(id), async () => {
        const query = session.query.selectFrom('users').select(columns)
        const row = await query.where('id', '=', id).executeTakeFirst()
        return row && toUser(row)
      }),

    async create(user: z.infer<typeof NewUser>) {
      const query = session.query.insertInto('users').values(user)
      return publish('created', await query.returning(columns).executeTakeFirst())
    },

    async update(id: number, patch: z.infer<typeof UserPatch>) {
      const query = session.query.updateTable('users').set(patch).where('id', '=', id)
      return publish('updated', await query.returning(columns).executeTakeFirst())
    },

    async delete(id: number) {
      const query = session.query.deleteFrom('users').where('id', '=', id)
      return publish('deleted', await query.returning(columns).executeTakeFirst())
    },
  }
})
