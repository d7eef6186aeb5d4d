// The users: their form, their table, and their routes.

import { request } from '@myfy/di'
import { Tasks } from '@myfy/tasks'
import { defineRoutes, errors } from '@myfy/web'
import { z } from 'zod'
import { Cache, userKey } from './cache.ts'
import { Changes } from './changes.ts'
import { Session } from './database.ts'
import { welcomeMail } from './mails.ts'

// PostgreSQL cannot store the character NUL in a text.
const text = z.string().regex(/^[^\0]*$/, 'must not contain the character NUL')

export const NewUser = z.object({
  name: text.trim().min(1).max(100),
  email: z.email().max(254).toLowerCase(),
})

export const UserPatch = NewUser.partial().refine((patch) => Object.keys(patch).length, 'contains no change')
export const User = NewUser.extend({ id: z.number(), createdAt: z.iso.datetime() })
export type User = z.infer<typeof User>

const columns = ['id', 'name', 'email', 'created_at'] as const

type Row = Omit<User, 'createdAt'> & { created_at: Date }

const toUser = ({ created_at, ...row }: Row): User => ({ ...row, createdAt: created_at.toISOString() })

const services = { session: Session, changes: Changes, cache: Cache }

/** The users as one request sees them: all statements of a request are one transaction. */
export const Users = request(services, ({ session, changes, cache }) => {
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

/** The range of PostgreSQL's type `integer`. */
const integer = z.coerce.number().int().max(2_147_483_647)
const params = z.object({ id: integer.min(1) })
const page = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  after: integer.min(0).default(0),
})

const inject = { users: Users, tasks: Tasks }
const notFound = () => errors.notFound('no user has this id')

export const userRoutes = defineRoutes('/users', { tags: ['users'], inject }, (route) => {
  const list = { query: page, response: z.array(User), summary: 'List users by id' }
  route.get('/', list, ({ users, query }) => users.list(query.limit, query.after))

  // With the header Idempotency-Key, a repeated request creates no second user and receives the same response.
  const create = { body: NewUser, idempotent: { required: false }, summary: 'Create a user' }
  route.post('/', create, async ({ users, tasks, body }) => {
    const user = await users.create(body)
    await tasks.send(welcomeMail, body)
    return Response.json(user, { status: 201, headers: { location: `/users/${user?.id}` } })
  })

  const read = { params, summary: 'Read a user' }
  route.get('/:id', read, async ({ users, params }) => (await users.find(params.id)) ?? notFound())

  const change = { params, body: UserPatch, summary: 'Change a user' }
  route.patch(
    '/:id',
    change,
    async ({ users, params, body }) => (await users.update(params.id, body)) ?? notFound(),
  )

  const remove = { params, summary: 'Delete a user' }
  route.delete('/:id', remove, async ({ users, params }) => {
    if (!(await users.delete(params.id))) return notFound()
  })
})
