import { Application, defineModule } from '../../../packages/core/dist/index.js'
import { request } from '../../../packages/di/dist/index.js'
import { CurrentRequest, defineAuth, defineRoutes, WebModule } from '../../../packages/web/dist/index.js'
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

const context = request({ current: CurrentRequest }, ({ current }) => new Context(current.path))
const users = new Map([['s3cret', { name: 'Ada' }]])
const bearer = defineAuth({ scheme: 'bearer', authenticate: ({ token }) => users.get(token) })
const later = defineAuth({
  scheme: 'bearer',
  name: 'later',
  authenticate: async ({ token }) => users.get(token),
})
const routes = defineRoutes('', (route) => {
  route.get('/hello', () => ({ hello: 'world' }))
  for (const path of deep) route.get(`${path}/:id`, ({ params }) => ({ id: params.id }))
  route.post('/orders', { body: Order }, ({ body }) => total(body))
  route.get('/singleton', { inject: { greeter: Greeter } }, ({ greeter }) => greeter.greet('world'))
  // Measured by bench/auth.
  route.get('/open', () => ({ hello: 'Ada' }))
  route.get('/authenticated', { auth: bearer }, ({ identity }) => ({ hello: identity.name }))
  route.get('/authenticated-later', { auth: later }, ({ identity }) => ({ hello: identity.name }))
  route.get('/scoped', { inject: { facade: Facade } }, ({ facade }) => facade.answer())
})
const services = defineModule({
  name: 'services',
  configure(container) {
    container.register(Greeter)
    container.register(Repository, { scope: 'request', inject: [context, Greeter] })
    container.register(Service, { scope: 'request', inject: [Repository, context] })
    container.register(Facade, { scope: 'request', inject: [Service] })
  },
})
/** The peers' equivalent of `cors` and one middleware that awaits the answer. */
const surroundings = {
  cors: { origin: [around.origin] },
  middleware: [
    async (_context, next) => {
      const response = await next()
      response.headers.set('x-around', 'yes')
      return response
    },
  ],
}
const silent = { debug() {}, info() {}, warn() {}, error: console.error }
const app = new Application({ logger: silent })
  .addModule(services)
  .addModule(
    new WebModule({ routes: [routes], port: 0, host: '127.0.0.1', ...(around.enabled && surroundings) }),
  )
app.on('ready', ({ urls }) => listening(Number(new URL(urls[0]).port)))
await app.run()
