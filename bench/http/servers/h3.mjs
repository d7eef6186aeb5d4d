import { H3, handleCors, readBody, serve } from 'h3'
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
const app = new H3()
if (around.enabled) {
  app.use((event) => {
    const handled = handleCors(event, { origin: [around.origin] })
    if (handled !== false) return handled
  })
  app.use(async (event, next) => {
    const value = await next()
    event.res.headers.set('x-around', 'yes')
    return value
  })
}
app.get('/hello', () => ({ hello: 'world' }))
for (const path of deep) app.get(`${path}/:id`, (event) => ({ id: event.context.params.id }))
app.post('/orders', async (event) => {
  const parsed = Order.safeParse(await readBody(event))
  return parsed.success ? total(parsed.data) : new Response('{}', { status: 422 })
})
app.get('/singleton', () => greeter.greet('world'))
app.get('/scoped', (event) => {
  const context = new Context(event.url.pathname)
  return new Facade(new Service(new Repository(context, greeter), context)).answer()
})
const server = serve(app, { port: 0, hostname: '127.0.0.1', silent: true, gracefulShutdown: false })
await server.ready()
listening(server.node.server.address().port)
