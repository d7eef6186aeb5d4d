// The routes of the users.

import { Tasks } from '@myfy/tasks'
import { defineRoutes, errors } from '@myfy/web'
import { z } from 'zod'
import { welcomeMail } from '../mails.ts'
import { NewUser, User, UserPatch } from './user.ts'
import { Users } from './users.ts'

/** The range of PostgreSQL's type `integer`. */
const integer = z.coerce.number().int().max(2_147_483_647)

const params = z.object({ id: integer.min(1) })
const page = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  after: integer.min(0).default(0),
})
const inject = { users: Users }

const notFound = () => errors.notFound('no user has this id')

export const userRoutes = defineRoutes('/users', { tags: ['users'] }, (route) => {
  const list = { inject, query: page, response: z.array(User), summary: 'List users by id' }
  route.get('/', list, ({ users, query }) => users.list(query.limit, query.after))

  // With the header Idempotency-Key, a repeated request creates no second user and receives the same response.
  const create = {
    inject: { ...inject, tasks: Tasks },
    body: NewUser,
    idempotent: { required: false },
    summary: 'Create a user',
  }
  route.post('/', create, async ({ users, tasks, body }) => {
    const user = await users.create(body)
    await tasks.send(welcomeMail, body)
    return Response.json(user, { status: 201, headers: { location: `/users/${user?.id}` } })
  })

  const read = { inject, params, summary: 'Read a user' }
  route.get('/:id', read, async ({ users, params }) => (await users.find(params.id)) ?? notFound())

  const patch = { inject, params, body: UserPatch, summary: 'Change a user' }
  route.patch(
    '/:id',
    patch,
    async ({ users, params, body }) => (await users.update(params.id, body)) ?? notFound(),
  )

  const remove = { inject, params, summary: 'Delete a user' }
  route.delete('/:id', remove, async ({ users, params }) => {
    if (!(await users.delete(params.id))) return notFound()
  })
})
