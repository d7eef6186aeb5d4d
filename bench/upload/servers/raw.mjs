// Reads the bytes of the body, without a form: what the sockets of Node.js take.
import { createServer } from 'node:http'
import { listening } from '../scenario.mjs'

const server = createServer(async (request, response) => {
  let size = 0
  for await (const chunk of request) size += chunk.byteLength
  const text = JSON.stringify({ size })
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length }).end(text)
})
server.requestTimeout = 0
server.listen(0, '127.0.0.1', () => listening(server.address().port))
