// The projects of a user.

import { work } from '@myfy/di'
import { z } from 'zod'
import { Session } from '../data/tables.ts'

/** An id in a path. */
export const Id = z.coerce.number().int().min(1).max(2_147_483_647)
export const NewProject = z.object({ name: z.string().trim().min(1).max(100) })
export const Project = z
  .object({ id: z.number(), name: z.string(), ownerId: z.number() })
  .meta({ id: 'Project' })

const columns = ['id', 'name', 'owner_id as ownerId'] as const

export const Projects = work({ session: Session }, ({ session: { query } }) => ({
  list: (owner: number) =>
    query.selectFrom('projects').select(columns).where('owner_id', '=', owner).orderBy('id').execute(),
  create: (name: string, owner: number) =>
    query
      .insertInto('projects')
      .values({ name, owner_id: owner })
      .returning(columns)
      .executeTakeFirstOrThrow(),
  find(id: number, owner: number) {
    const mine = query.selectFrom('projects').select(columns).where('owner_id', '=', owner)
    return mine.where('id', '=', id).executeTakeFirst()
  },
}))
