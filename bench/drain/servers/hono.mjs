// hono on node-server, shut down as documented.
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { cleanup, listening, slow } from './common.mjs'

const app = new Hono()
app.get('/fast', (c) => c.json({ ok: true }))
app.get('/slow', async (c) => c.json(await slow()))
app.get('/events', (c) =>
  streamSSE(c, async (stream) => {
    while (!stream.aborted) {
      await stream.writeSSE({ data: 'tick' })
      await stream.sleep(1_000)
    }
  }),
)
const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => listening(port))
process.on('SIGTERM', () => server.close(() => cleanup()))
