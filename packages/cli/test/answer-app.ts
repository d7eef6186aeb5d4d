// An application with a module, a hook and a route, which answers what another file exports.

const app = `
import { Application, BaseModule } from '@myfy/core'
import { defineRoutes, WebModule } from '@myfy/web'
import { answer } from './answer.ts'

class DataModule extends BaseModule {
  override name = 'data'
  override async start() { await null }
  override async stop() {}
}
const routes = defineRoutes('/', (route) => { route.get('/', () => ({ answer })) })
export const app = new Application({ onStartup: [function warmUp() {}] })
  .addModule(new DataModule())
  .addModule(new WebModule({ routes: [routes], port: 0 }))
`
/** The files of the project. */
export const files = { 'src/app.ts': app, 'src/answer.ts': `export const answer = 'one'` }
