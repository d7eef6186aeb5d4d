import { catalog } from './catalog.mjs'

// The application of the bench. Its packages come from PACKAGES: those of this repository, or a copy without channels.
const from = (name) => import(new URL(`${name}/dist/index.js`, process.env.PACKAGES).href)
const { Application } = await from('core')
const { defineRoutes, WebModule } = await from('web')

const routes = defineRoutes('', (route) => {
  route.get('/hello', () => ({ hello: 'world' }))
  route.get('/catalog', () => catalog)
})
const silent = { debug() {}, info() {}, warn() {}, error: console.error }
const app = new Application({ logger: silent }).addModule(
  new WebModule({ routes: [routes], port: 0, host: '127.0.0.1', inspector: false }),
)
app.on('ready', ({ urls }) => process.send({ port: Number(new URL(urls[0]).port) }))
await app.run()
