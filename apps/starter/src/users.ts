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

export const UserPatch = NewUser.partial().refine(
  (patch) => Object.keys(patch).length > 0,
  'nothing to change',
)

export const User = NewUser.extend({ id: z.number(), createdAt: z.iso.datetime() })

export type User = z.infer<typeof User>

const columns = ['id', 'name', 'email', 'created_at'] as const

/** The users as one request sees them: everything it does is one transaction. */
export class Users {
  readonly #session: Session
  readonly #changes: Changes
  readonly #cache: Cache

  constructor(session: Session, changes: Changes, cache: Cache) {
    this.#session = session
    this.#changes = changes
    this.#cache = cache
  }

  async list(limit: number, after: number): Promise<User[]> {
    const query = await this.#session.query
    const rows = await query
      .selectFrom('users')
      .select(columns)
      .where('id', '>', after)
      .orderBy('id')
      .limit(limit)
      .execute()
    return rows.map(toUser)
  }

  find(id: number): Promise<User | undefined> {
    return this.#cache.through(userKey(id), async () => {
      const query = await this.#session.query
      const row = await query.selectFrom('users').select(columns).where('id', '=', id).executeTakeFirst()
      return row && toUser(row)
    })
  }

  async create(user: z.infer<typeof NewUser>): Promise<User> {
    const query = await this.#session.query
    const row = await query.insertInto('users').values(user).returning(columns).executeTakeFirstOrThrow()
    return this.#tell('created', toUser(row))
  }

  async update(id: number, patch: z.infer<typeof UserPatch>): Promise<User | undefined> {
    const query = await this.#session.query
    const row = await query
      .updateTable('users')
      .set(patch)
      .where('id', '=', id)
      .returning(columns)
      .executeTakeFirst()
    return row && this.#tell('updated', toUser(row))
  }

  async delete(id: number): Promise<User | undefined> {
    const query = await this.#session.query
    const row = await query.deleteFrom('users').where('id', '=', id).returning(columns).executeTakeFirst()
    return row && this.#tell('deleted', toUser(row))
  }

  async #tell(type: 'created' | 'updated' | 'deleted', user: User): Promise<User> {
    await this.#changes.tell(this.#session, { type, user })
    // Before the answer goes out: whoever got it reads what he wrote.
    this.#session.afterCommit(() => this.#cache.forget(userKey(user.id)))
    return user
  }
}

/** To inject. A provider that is a value needs no registration. */
export const requestUsers = request(Users, [Session, Changes, Cache])

function toUser({ created_at, ...row }: { id: number; name: string; email: string; created_at: Date }): User {
  return { ...row, createdAt: created_at.toISOString() }
}
