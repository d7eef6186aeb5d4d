import { Application } from '../../../packages/core/dist/index.js'
import { defineRoutes, WebModule } from '../../../packages/web/dist/index.js'
import { catalog, listening } from '../scenario.mjs'

const routes = defineRoutes('', (route) => {
  route.get('/hello', () => ({ hello: 'world' }))
  route.get('/catalog', () => catalog)
})
const silent = { debug() {}, info() {}, warn() {}, error: console.error }
const compression = process.env.COMPRESSION === 'on'
const app = new Application({ logger: silent }).addModule(
  new WebModule({ routes: [routes], port: 0, host: '127.0.0.1', compression }),
)
app.on('ready', ({ urls }) => listening(Number(new URL(urls[0]).port)))
await app.run()
