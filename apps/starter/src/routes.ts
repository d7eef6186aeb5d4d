// The users over HTTP.

import { defineRoutes, errors } from '@myfy/web'
import { z } from 'zod'
import { NewUser, requestUsers, User, UserPatch } from './users.ts'

const params = z.object({ id: z.coerce.number().int().min(1).max(2_147_483_647) })
const page = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  after: z.coerce.number().int().min(0).default(0),
})
const inject = { users: requestUsers }

const unknown = () => errors.notFound('no user has this id')

export const users = defineRoutes('/users', { tags: ['users'] }, (route) => {
  route.get(
    '/',
    { inject, query: page, response: z.array(User), summary: 'List users by id' },
    ({ users, query }) => users.list(query.limit, query.after),
  )

  route.post('/', { inject, body: NewUser, summary: 'Create a user' }, async ({ users, body }) => {
    const user = await users.create(body)
    return Response.json(user, { status: 201, headers: { location: `/users/${user.id}` } })
  })

  route.get(
    '/:id',
    { inject, params, summary: 'Read a user' },
    async ({ users, params }) => (await users.find(params.id)) ?? unknown(),
  )

  route.patch(
    '/:id',
    { inject, params, body: UserPatch, summary: 'Change a user' },
    async ({ users, params, body }) => (await users.update(params.id, body)) ?? unknown(),
  )

  route.delete('/:id', { inject, params, summary: 'Delete a user' }, async ({ users, params }) => {
    if (!(await users.delete(params.id))) return unknown()
  })
})
