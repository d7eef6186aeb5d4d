// A user, as clients send and receive it.

import { z } from 'zod'

// PostgreSQL cannot store the character NUL in a text.
const text = z.string().regex(/^[^\0]*$/, 'must not contain the character NUL')

export const NewUser = z.object({
  name: text.trim().min(1).max(100),
  email: z.email().max(254).toLowerCase(),
})

export const UserPatch = NewUser.partial().refine((patch) => Object.keys(patch).length, 'contains no change')

export const User = NewUser.extend({ id: z.number(), createdAt: z.iso.datetime() })

export type User = z.infer<typeof User>
