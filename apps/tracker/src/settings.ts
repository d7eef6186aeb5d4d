// The settings of the application. Each key is an environment variable; the features have their own.

import { defineSettings } from '@myfy/core'
import { z } from 'zod'

export const AppSettings = defineSettings(
  z.object({
    port: z.number().int().default(8000),
    corsOrigins: z.array(z.string()).default(['http://localhost:5173']),
  }),
  { name: 'AppSettings' },
)
