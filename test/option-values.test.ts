// Every option that is a boolean, a choice, a number or an object refuses another value where it is written: 'false' of an
// environment variable would count as true. The compiler demands a check of every boolean in a list of option names.
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  Application,
  consoleLogger,
  defineModule,
  type Module,
  type StartContext,
} from '../packages/core/src/index.ts'
import { quiet } from '../packages/core/test/quiet.ts'
import { DataModule } from '../packages/data/src/index.ts'
import { defineTask, TasksModule } from '../packages/tasks/src/index.ts'
import {
  defineRoutes,
  defineSession,
  download,
  file,
  HTTPTransport,
  redirect,
  serveFiles,
  WebModule,
} from '../packages/web/src/index.ts'

// biome-ignore lint/suspicious/noExplicitAny: what JavaScript passes
type Given = any

const initialize = (...modules: Module[]) => new Application({ logger: quiet, modules }).initialize()
const start = async (...modules: Module[]) => {
  const app = new Application({ logger: quiet, modules })
  await app.initialize()
  await app.startModules()
  await app.stopModules()
}
const database = (options: object = {}) => new DataModule({ directory: 'memory://', ...options })
const route = (spec: object) =>
  initialize(
    database(),
    new WebModule({ routes: [defineRoutes('/x', (one) => void one.get('/', spec, () => 1))] }),
  )
const web = (options: object) => initialize(new WebModule(options))
const session = (options: object) => defineSession({ password: 'x'.repeat(32), ...options })
const task = (options: object) => defineTask({ name: 'job', input: z.object({}), ...options }, () => {})

/** Functions that are called later, where the mistake has no place any more. */
const starting = (hook: (context: StartContext) => unknown) =>
  start(defineModule({ name: 'm', start: async (context) => void (await hook(context)) }))

/** The options of a kind, each with a function that passes a value to it. */
type Places = Readonly<Record<string, (value: Given) => unknown>>

const booleans: Places = {
  'autoDiscover of Application': (autoDiscover) => new Application({ autoDiscover }),
  'json of consoleLogger': (json) => consoleLogger({ json }),
  'required of idempotent': (required) => route({ idempotent: { required } }),
  'readOnly of transaction': (readOnly) => route({ transaction: { readOnly } }),
  'backoff of a task': (backoff) => task({ backoff }),
  'transaction of a task': (transaction) => task({ transaction }),
  'worker of TasksModule': (worker) => new TasksModule({ tasks: [], worker }),
  'etag of WebModule': (etag) => web({ etag }),
  'http2 of WebModule': (http2) => web({ http2 }),
  'requestContext of WebModule': (requestContext) => web({ requestContext }),
  'details of health': (details) => web({ health: { details } }),
  'credentials of cors': (credentials) => web({ cors: { origin: ['https://a.example'], credentials } }),
  'http2 of HTTPTransport': (http2) => new HTTPTransport({ http2 }),
  'systemd of HTTPTransport': (systemd) => new HTTPTransport({ systemd }),
  'secure of a session': (secure) => session({ cookie: { secure } }),
  'optional of a file': (optional) => file({ optional }),
  'streamed of a file': (streamed) => file({ streamed }),
  'inline of a download': (inline) => download(new Uint8Array(), { inline }),
  'dotfiles of serveFiles': (dotfiles) => serveFiles('/x', '.', { dotfiles }),
  'etag of a route': (etag) => route({ etag }),
  'hidden of a route': (hidden) => route({ hidden }),
  'deprecated of a route': (deprecated) => route({ deprecated }),
}
const choices: Places = {
  'migrate of DataModule': (migrate) => database({ migrate }),
  'migrate of DataModule, given by a getter': (migrate) =>
    start(
      new DataModule({
        directory: 'memory://',
        get migrate() {
          return migrate
        },
      }),
    ),
  'sameSite of a session': (sameSite) => session({ cookie: { sameSite } }),
  'trailingSlash of WebModule': (trailingSlash) => web({ trailingSlash }),
  'startup.concurrency of Application': (concurrency) => new Application({ startup: { concurrency } }),
}
const numbers: Places = {
  'pool of DataModule': (pool) => start(database({ pool })),
  'maxAge of a session': (maxAge) => session({ maxAge }),
  'idleTimeout of a session': (idleTimeout) => session({ idleTimeout }),
  'retry of a task': (retry) => task({ retry }),
  'retry of transaction': (retry) => route({ transaction: { retry } }),
  'bodyLimit of a route': (bodyLimit) => route({ bodyLimit }),
}
const texts: Places = {
  'url of DataModule': (url) => database({ url }),
  'directory of DataModule': (directory) => database({ directory }),
  'summary of a route': (summary) => route({ summary }),
  'operationId of a route': (operationId) => route({ operationId }),
  'the location of redirect()': (location) => redirect(location),
}
const functions: Places = {
  'the release of defer()': (release) => starting(({ defer }) => defer(release)),
  'the work of spawn()': (work) => starting(({ spawn }) => spawn('a', work)),
  'the work of every()': (work) => starting(({ every }) => every('1m', 'a', work)),
  'the work of app.work()': (work) => starting(({ app }) => app.work('task', {}, work)),
  'onShutdown of Application': (hook) => new Application().onShutdown(hook),
}
const objects: Places = {
  DataModule: (options) => new DataModule(options),
  'idempotent of a route': (idempotent) => route({ idempotent }),
  'transaction of a route': (transaction) => route({ transaction }),
  'cors of WebModule': (cors) => web({ cors }),
  'cors of a route': (cors) => route({ cors }),
  'health of WebModule': (health) => web({ health }),
  'openapi of WebModule': (openapi) => web({ openapi }),
}

describe.each([
  ['a boolean', booleans, ['false', 'yes', 1, {}]],
  ['a choice', choices, ['other', 5, true]],
  ['a number', numbers, [Number.NaN, '5', -1]],
  ['a text', texts, [5, {}, true]],
  ['a function', functions, [{}, 'close', undefined]],
  ['an object', objects, ['yes', 5]],
] as const)('an option that is %s', (_kind, places, values) => {
  test.each(
    Object.entries(places).flatMap(([name, pass]) => values.map((value) => [name, value, pass] as const)),
  )('%s refuses %j', async (_name, value, pass) => {
    await expect((async () => pass(value))()).rejects.toThrow(
      /^(Cannot start the application: start of (?:data|m) failed\. )?Cannot (use|configure|declare|answer|run|defer) .+\. [A-Z].+\.$/s,
    )
  })
})
