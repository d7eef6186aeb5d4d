// node:http, shut down as documented.
import { createServer } from 'node:http'
import { cleanup, events, listening, slow } from './common.mjs'

const server = createServer(async (req, res) => {
  if (req.url === '/events') return events(res)
  const body = JSON.stringify(req.url === '/slow' ? await slow() : { ok: true })
  res
    .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
    .end(body)
})
process.on('SIGTERM', () => server.close(() => cleanup()))
server.listen(0, '127.0.0.1', () => listening(server.address().port))
