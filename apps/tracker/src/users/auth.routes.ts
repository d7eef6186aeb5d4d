// Registration, log-in, and the user who asks.

import { defineRoutes, errors } from '@myfy/web'
import { z } from 'zod'
import { signedIn, Tokens } from '../auth/identity.ts'
import { verify } from './passwords.ts'
import { NewUser, User, Users } from './users.ts'

const Login = z.object({ email: z.email().toLowerCase(), password: z.string().min(1) })
const Token = z.object({ token: z.string() })
const inject = { users: Users, tokens: Tokens }

export const authRoutes = defineRoutes('/auth', { tags: ['auth'], inject }, (route) => [
  route.post('/register', { body: NewUser, response: User, status: 201 }, ({ body, users }) =>
    users.create(body),
  ),
  route.post('/login', { body: Login, response: Token }, async ({ body, users, tokens }) => {
    const user = await users.byEmail(body.email)
    if (!user || !(await verify(body.password, user.password_hash)))
      return errors.unauthorized('wrong address or password')
    return { token: await tokens.sign(user) }
  }),
  route.get('/me', { auth: signedIn, response: User }, async ({ identity, users }) => {
    return (await users.byId(identity.id)) ?? errors.notFound('gone')
  }),
])
