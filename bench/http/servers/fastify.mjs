import cors from '@fastify/cors'
import fastify from 'fastify'
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
const app = fastify()
if (around.enabled) {
  await app.register(cors, { origin: [around.origin] })
  app.addHook('onSend', async (_request, reply, payload) => {
    reply.header('x-around', 'yes')
    return payload
  })
}
app.get('/hello', async () => ({ hello: 'world' }))
for (const path of deep) app.get(`${path}/:id`, async (req) => ({ id: req.params.id }))
app.post('/orders', async (req, reply) => {
  const parsed = Order.safeParse(req.body)
  return parsed.success ? total(parsed.data) : reply.code(422).send({})
})
app.get('/singleton', async () => greeter.greet('world'))
app.get('/scoped', async (req) => {
  const context = new Context(req.url)
  return new Facade(new Service(new Repository(context, greeter), context)).answer()
})
await app.listen({ port: 0, host: '127.0.0.1' })
listening(app.server.address().port)
