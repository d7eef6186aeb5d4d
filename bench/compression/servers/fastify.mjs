import fastify from 'fastify'
import { catalog, listening } from '../scenario.mjs'

const app = fastify()
if (process.env.COMPRESSION === 'on') await app.register((await import('@fastify/compress')).default)
app.get('/hello', async () => ({ hello: 'world' }))
app.get('/catalog', async () => catalog)
await app.listen({ port: 0, host: '127.0.0.1' })
listening(app.server.address().port)
