import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { cors } from 'hono/cors'
import {
  around,
  Context,
  deep,
  Facade,
  Greeter,
  listening,
  Order,
  Repository,
  Service,
  total,
} from '../scenario.mjs'

const greeter = new Greeter()
const app = new Hono()
if (around.enabled) {
  app.use(cors({ origin: [around.origin] }))
  app.use(async (c, next) => {
    await next()
    c.res.headers.set('x-around', 'yes')
  })
}
app.get('/hello', (c) => c.json({ hello: 'world' }))
for (const path of deep) app.get(`${path}/:id`, (c) => c.json({ id: c.req.param('id') }))
app.post('/orders', async (c) => {
  const parsed = Order.safeParse(await c.req.json())
  return parsed.success ? c.json(total(parsed.data)) : c.json({}, 422)
})
app.get('/singleton', (c) => c.json(greeter.greet('world')))
app.get('/scoped', (c) => {
  const context = new Context(c.req.path)
  return c.json(new Facade(new Service(new Repository(context, greeter), context)).answer())
})
serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => listening(port))
