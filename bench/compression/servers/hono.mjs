import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { compress } from 'hono/compress'
import { catalog, listening } from '../scenario.mjs'

const app = new Hono()
if (process.env.COMPRESSION === 'on') app.use(compress())
app.get('/hello', (c) => c.json({ hello: 'world' }))
app.get('/catalog', (c) => c.json(catalog))
serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => listening(port))
