// A server is never closed.

import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

const servers: Server[] = []

export const seeded: Seeded = {
  finds: /the application leaves an open TCP/,
  clean: () => {
    for (const server of servers.splice(0)) server.close()
  },
  options: () => {
    const metrics = defineModule({
      name: 'metrics',
      async start() {
        const server = createServer().listen(0, '127.0.0.1')
        servers.push(server)
        await once(server, 'listening')
      },
    })
    return { modules: [metrics] }
  },
}
