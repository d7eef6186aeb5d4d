// The settings. Each key is an environment variable: `databaseUrl` reads DATABASE_URL. The README describes them.

import { defineSettings } from '@myfy/core'
import { z } from 'zod'

export const AppSettings = defineSettings(
  z.object({
    port: z.number().int().min(0).max(65_535).default(8000), // 0 selects a free port
    databaseUrl: z.url({ protocol: /^postgres(ql)?$/ }).optional(), // default: an embedded database
    dataDir: z.string().min(1).default('.data'), // of the embedded database; `memory://` keeps nothing
    databaseWait: z.number().int().min(0).max(50_000).default(10_000), // ms that a start waits for the server
    databasePool: z.number().int().min(1).max(100).default(10), // connections of this replica
    redisUrl: z.url({ protocol: /^rediss?$/ }).optional(), // default: a cache in the memory of each replica
    cacheTtl: z.number().int().min(0).default(5_000), // ms; no older value is served
    mailDir: z.string().min(1).default('.mails'), // the outbox: a file for each mail
    eventClients: z.number().int().min(1).max(50_000).default(2_000), // clients of /events on this replica
  }),
  { name: 'AppSettings' },
)
