import { z } from 'zod'
import { Application } from '../../../packages/core/dist/index.js'
import { defineRoutes, file, form, WebModule } from '../../../packages/web/dist/index.js'
import { listening } from '../scenario.mjs'

const routes = defineRoutes('', (route) => {
  const large = form({ archive: file({ max: '100gb', streamed: true }) })
  route.post('/upload', { body: large, timeout: 0 }, async ({ body }) => {
    let size = 0
    for await (const chunk of body.archive) size += chunk.byteLength
    return { size }
  })
  route.post('/small', { body: form({ archive: file({ max: '1mb' }) }, { max: '1mb' }) }, () => ({}))
  const stored = form({ title: z.string(), picture: file({ max: '1mb' }) })
  route.post('/form', { body: stored }, ({ body }) => ({
    title: body.title,
    filename: body.picture.name,
    stored: body.picture.path !== '',
  }))
})
const silent = { debug() {}, info() {}, warn() {}, error: console.error }
const app = new Application({ logger: silent }).addModule(
  new WebModule({ routes: [routes], port: 0, host: '127.0.0.1' }),
)
app.on('ready', ({ urls }) => listening(Number(new URL(urls[0]).port)))
await app.run()
