// hot-hook as documented: the handler is a boundary, imported again for each request.
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const [, , root, tools, port] = process.argv
const handler = path.join(root, 'src/handler.ts')
const { hot } = await import(pathToFileURL(createRequire(path.join(tools, 'x')).resolve('hot-hook')).href)
await hot.init({
  root: import.meta.filename,
  rootDirectory: root,
  boundaries: [handler],
  throwWhenBoundariesAreNotDynamicallyImported: false,
})
createServer(async (request, response) => {
  try {
    const { handle } = await import(pathToFileURL(handler).href)
    handle(request, response)
  } catch (error) {
    response.writeHead(500).end(error.message)
  }
}).listen(Number(port), '127.0.0.1')
