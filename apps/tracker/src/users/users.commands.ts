// `myfy users create --email … --password …`: how the first administrator comes to be.

import type { ModuleCommand } from '@myfy/core'
import { z } from 'zod'
import { NewUser, Users } from './users.ts'

export const createUser: ModuleCommand = {
  name: 'users create',
  description: 'Creates a user',
  options: {
    email: { type: 'string', description: 'address' },
    name: { type: 'string', description: 'name', default: 'Admin' },
    password: { type: 'string', description: 'password' },
    admin: { type: 'boolean', description: 'with the role admin' },
  },
  starts: true,
  run: async ({ app, options, print }) => {
    const user = NewUser.safeParse(options)
    if (!user.success) {
      print(z.prettifyError(user.error))
      return 2
    }
    const created = await app.work('task', { inject: { users: Users } }, ({ users }) =>
      users.create(user.data, options.admin ? 'admin' : 'member'),
    )
    print(`user ${created.id} ${created.email} (${created.role})`)
  },
}
