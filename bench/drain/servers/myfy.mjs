import { setTimeout as sleep } from 'node:timers/promises'
import { Application, defineModule } from '../../../packages/core/dist/index.js'
import { defineRoutes, WebModule } from '../../../packages/web/dist/index.js'
import { cleanup, listening, slow } from './common.mjs'

const routes = defineRoutes('', (route) => {
  route.get('/fast', () => ({ ok: true }))
  route.get('/slow', () => slow())
  route.get('/events', ({ stream }) =>
    stream.events(async function* (ending) {
      while (!ending.aborted) {
        yield 'tick'
        await sleep(1_000, undefined, { signal: ending }).catch(() => {})
      }
    }),
  )
})
const silent = { debug() {}, info() {}, warn() {}, error() {} }
const app = new Application({ logger: silent })
  .addModule(defineModule({ name: 'data', stop: cleanup }))
  .addModule(new WebModule({ routes: [routes], port: 0, host: '127.0.0.1' }))
app.on('ready', ({ urls }) => listening(Number(new URL(urls[0]).port)))
await app.run()
