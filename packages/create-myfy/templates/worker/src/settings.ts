// The settings, which are read from environment variables.

import { defineSettings } from '@myfy/core'
import { z } from 'zod'

export const AppSettings = defineSettings(
  z.object({
    /** The number of jobs that run side by side. */
    concurrency: z.number().int().min(1).default(4),
  }),
)
