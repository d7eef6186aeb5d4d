// node:http and a switch, the reference for the others.
import { createServer } from 'node:http'
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
const json = (res, status, value) => {
  const body = JSON.stringify(value)
  if (around.enabled) {
    res.setHeader('access-control-allow-origin', around.origin)
    res.setHeader('vary', 'Origin')
    res.setHeader('x-around', 'yes')
  }
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
  res.end(body)
}
const resources = new Set(deep)
const server = createServer((req, res) => {
  const { url, method } = req
  if (method === 'GET' && url === '/hello') return json(res, 200, { hello: 'world' })
  if (method === 'GET' && url === '/singleton') return json(res, 200, greeter.greet('world'))
  if (method === 'GET' && url === '/scoped') {
    const context = new Context(url)
    return json(res, 200, new Facade(new Service(new Repository(context, greeter), context)).answer())
  }
  if (method === 'POST' && url === '/orders') {
    const chunks = []
    req.on('data', (chunk) => chunks.push(chunk))
    req.on('end', () => {
      const parsed = Order.safeParse(
        JSON.parse(chunks.length === 1 ? chunks[0].toString() : Buffer.concat(chunks).toString()),
      )
      if (parsed.success) json(res, 200, total(parsed.data))
      else json(res, 422, {})
    })
    return
  }
  const slash = url.lastIndexOf('/')
  if (method === 'GET' && resources.has(url.slice(0, slash)))
    return json(res, 200, { id: url.slice(slash + 1) })
  json(res, 404, {})
})
server.listen(0, '127.0.0.1', () => listening(server.address().port))
