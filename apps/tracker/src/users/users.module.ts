// The users: their routes, their command, and the settings of their tokens.

import { defineModule } from '@myfy/core'
import { AuthSettings } from '../auth/identity.ts'
import { authRoutes } from './auth.routes.ts'
import { createUser } from './users.commands.ts'

export const usersModule = defineModule({
  name: 'users',
  requires: ['data', 'tasks'],
  settings: AuthSettings,
  routes: [authRoutes],
  commands: () => [createUser],
})
