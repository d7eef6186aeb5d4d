// ModuleRunner of vite as documented: a server that imports the handler again for each request.
import { createServer as createHttpServer } from 'node:http'
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const [, , root, tools, port] = process.argv
const { createServer, createServerModuleRunner } = await import(
  pathToFileURL(
    createRequire(path.join(tools, 'x'))
      .resolve('vite')
      .replace(/index\.cjs$/, 'node/index.js'),
  ).href
)
const vite = await createServer({
  root,
  configFile: false,
  logLevel: 'error',
  appType: 'custom',
  server: { middlewareMode: true, ws: false, hmr: { port: 0 } },
})
const runner = createServerModuleRunner(vite.environments.ssr)
createHttpServer(async (request, response) => {
  try {
    const { handle } = await runner.import('/src/handler.ts')
    handle(request, response)
  } catch (error) {
    response.writeHead(500).end(error.message)
  }
}).listen(Number(port), '127.0.0.1')
