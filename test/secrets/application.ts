// The files of an application that fails at the place that FAIL names, with every secret in its error.

import { secrets } from './list.ts'

export const files: Readonly<Record<string, string>> = {
  'texts.json': JSON.stringify(secrets.map(([, text]) => text)),
  // Not in the source, which is printed around the place of an error.
  'headers.json': '{ "authorization": "Token field-token", "cookie": "sid=field-sid" }',
  'app.mjs': `
import { readFileSync } from 'node:fs'
import { Application, defineModule, defineSettings } from '@myfy/core'
import { DataModule, Session } from '@myfy/data'
import { defineTask, Tasks, TasksModule } from '@myfy/tasks'
import { defineRoutes, WebModule } from '@myfy/web'
import { z } from 'zod'

const texts = JSON.parse(readFileSync(new URL('./texts.json', import.meta.url), 'utf8'))
const headers = JSON.parse(readFileSync(new URL('./headers.json', import.meta.url), 'utf8'))
const { FAIL, DATA } = process.env

/** An error with the secrets in its message, its inner errors, its causes and its fields. */
function failure(place) {
  const all = texts.join('\\n')
  const cause = new Error('the first cause\\n' + all, { cause: new TypeError('the second cause\\n' + all) })
  const error = new AggregateError(texts.map((text) => new Error(text)), 'MARK-' + place + ' ' + texts[0] + '\\n' + all, { cause })
  return Object.assign(error, { config: { headers, url: texts[13] } })
}
const failAt = (place) => { if (FAIL === place) throw failure(place) }

failAt('import')
const settings = defineSettings(z.object({
  signingSecret: z.string().regex(FAIL === 'settings' ? /^never$/ : /./),
  apiKey: z.string(),
  databaseUrl: z.url(),
}))
const work = defineTask({ name: 'work', input: z.object({ note: z.string(), password: z.string() }), retry: 0 }, () => { console.log('TASK'); throw failure('task') })
const routes = defineRoutes('', (route) => {
  route.get('/boom', ({ logger }) => {
    logger.info({ headers }, texts.join('\\n'))
    throw failure('handler')
  })
  route.get('/spent/:key', () => ({ ok: true }))
  route.get('/slow', () => new Promise(() => {}))
  if (DATA) route.post('/send', { inject: { tasks: Tasks } }, ({ tasks }) => tasks.send(work, { note: texts.join('\\n'), password: headers.authorization }))
})
export const app = new Application({ settings })
  .addModule(defineModule({
    name: 'fragile',
    configure: () => failAt('configure'),
    start: () => failAt('start'),
    stop: () => failAt('stop'),
    diagnose: () => failAt('diagnose') ?? [],
    isHealthy: () => failAt('health') ?? true,
    commands: () => [{ name: 'fragile', description: 'Fail', options: { json: { type: 'boolean', description: 'Print JSON' } }, run: () => { throw failure('command') } }],
  }))
  .addModule(new WebModule({ routes: [routes], port: Number(process.env.PORT ?? 0), host: '127.0.0.1', accessLog: true, inspector: { token: 'a-token-of-enough-length' } }))
if (DATA) app.addModule(new DataModule({ directory: DATA, migrations: {} })).addModule(new TasksModule({ tasks: [work] }))
if (FAIL === 'uncaught') app.on('ready', () => { setImmediate(() => { throw failure('uncaught') }) })
if (FAIL === 'rejection') app.on('ready', () => { setImmediate(() => { Promise.reject(failure('rejection')) }) })
if (FAIL === 'background') app.on('ready', () => { void app.work('send', { label: texts[0], inject: {} }, () => { throw failure('background') }).catch((err) => app.logger.error({ err }, 'background ' + texts.join('\\n'))) })
`,
  'main.mjs': `import { app } from './app.mjs'
await app.run()
`,
}
