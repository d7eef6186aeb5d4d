// What can be set from outside. Each key is an environment variable: `databaseUrl` is DATABASE_URL.

import { defineSettings } from '@myfy/core'
import { z } from 'zod'

export const AppSettings = defineSettings(
  z.object({
    /** Where to listen; 0 takes any free port. */
    port: z.number().int().min(0).max(65_535).default(8000),
    /** A PostgreSQL server: `postgres://user:password@host:5432/name`. Without it an embedded one is used. */
    databaseUrl: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
    /** Where the embedded database keeps its files; `memory://` forgets them at the end. */
    dataDir: z.string().min(1).default('.data'),
    /** How long a start waits for the database server, in ms. */
    databaseWait: z.number().int().min(0).max(50_000).default(10_000),
    /** Connections to the database server, of this replica. */
    databasePool: z.number().int().min(1).max(100).default(10),
    /** A Redis server for the cache: `redis://host:6379`. Without it each replica caches in its memory. */
    redisUrl: z.url({ protocol: /^rediss?$/ }).optional(),
    /** The promise of the cache: nothing that is read from it is older than this, in ms. */
    cacheTtl: z.number().int().min(0).default(5_000),
  }),
  { name: 'AppSettings' },
)
