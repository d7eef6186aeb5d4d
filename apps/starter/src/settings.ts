// The settings. Each key is an environment variable: `databaseUrl` reads DATABASE_URL.

import { defineSettings } from '@myfy/core'
import { z } from 'zod'

export const AppSettings = defineSettings(
  z.object({
    /** The port to listen on. 0 selects a free port. */
    port: z.number().int().min(0).max(65_535).default(8000),
    /** A PostgreSQL server: `postgres://user:password@host:5432/name`. Default: an embedded database. */
    databaseUrl: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
    /** The directory of the embedded database. `memory://` keeps the data in memory only. */
    dataDir: z.string().min(1).default('.data'),
    /** The time that a start waits for the database server, in ms. */
    databaseWait: z.number().int().min(0).max(50_000).default(10_000),
    /** The largest number of connections that this replica opens to the database server. */
    databasePool: z.number().int().min(1).max(100).default(10),
    /** A Redis server for the cache: `redis://host:6379`. Default: each replica caches in its own memory. */
    redisUrl: z.url({ protocol: /^rediss?$/ }).optional(),
    /** The maximum age of a cached value, in ms. */
    cacheTtl: z.number().int().min(0).default(5_000),
    /** The directory of the outbox, which holds a file for each mail. */
    mailDir: z.string().min(1).default('.mails'),
    /** The largest number of clients of `/events` on this replica. */
    eventClients: z.number().int().min(1).max(50_000).default(2_000),
  }),
  { name: 'AppSettings' },
)
