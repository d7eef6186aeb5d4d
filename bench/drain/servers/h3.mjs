// h3 with the graceful shutdown that srvx has built in.
import { createEventStream, H3, serve } from 'h3'
import { listening, slow } from './common.mjs'

const app = new H3()
app.get('/fast', () => ({ ok: true }))
app.get('/slow', () => slow())
app.get('/events', (event) => {
  const stream = createEventStream(event)
  stream.push('hello')
  const timer = setInterval(() => stream.push('tick'), 1_000)
  stream.onClosed(() => clearInterval(timer))
  return stream.send()
})
const server = serve(app, { port: 0, hostname: '127.0.0.1', silent: true, gracefulShutdown: true })
await server.ready()
listening(server.node.server.address().port)
