// fastify with close-with-grace, as its documentation recommends.
import closeWithGrace from 'close-with-grace'
import fastify from 'fastify'
import { cleanup, events, listening, slow } from './common.mjs'

const app = fastify()
app.get('/fast', async () => ({ ok: true }))
app.get('/slow', async () => slow())
app.get('/events', (_req, reply) => {
  reply.hijack()
  events(reply.raw)
})
app.addHook('onClose', async () => cleanup())
closeWithGrace({ delay: 10_000, logger: { error() {} } }, async () => {
  await app.close()
})
await app.listen({ port: 0, host: '127.0.0.1' })
listening(app.server.address().port)
