// Every function that takes options refuses one that does not exist: in JavaScript, and in a spread, no compiler does.
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { Application, defineModule, defineSettings } from '../packages/core/src/index.ts'
import { createTestApp, prove, replay, TestHost } from '../packages/core/src/testing/index.ts'
import { DataModule, defineDriver } from '../packages/data/src/index.ts'
import { testDatabase } from '../packages/data/src/testing/index.ts'
import { createContainer, request, singleton, token } from '../packages/di/src/index.ts'
import { OtelModule } from '../packages/otel/src/index.ts'
import { defineTask, TaskQueue, TasksModule } from '../packages/tasks/src/index.ts'
import { createClient } from '../packages/web/src/api-client/index.ts'
import {
  defineRoutes,
  defineSession,
  download,
  file,
  form,
  mount,
  type RouteSpec,
  WebModule,
} from '../packages/web/src/index.ts'
import { createTestClient } from '../packages/web/src/testing/index.ts'

// biome-ignore lint/suspicious/noExplicitAny: what JavaScript passes
const misspelled: any = { timout: 1 }
const input = z.object({})
const taskOf = (options: object) => defineTask({ name: 'job', input, ...options }, () => {})
const routesOf = (options: object) =>
  defineRoutes('/x', (route) => void route.get('/', { ...options }, () => 'x'))
const database = () => new DataModule({ directory: 'memory://' })

class Users {}
const Clock = token<number>('Clock')

const places: Record<string, () => unknown> = {
  Application: () => new Application(misspelled),
  'createTestApp()': () => createTestApp(misspelled),
  'createTestClient()': () => createTestClient(misspelled),
  'GET /': async () => {
    await using client = await createTestClient({})
    await client.get('/', misspelled)
  },
  TestHost: () => new TestHost(misspelled),
  'prove()': () => prove(() => new Application(), misspelled),
  'replay()': () => replay(() => new Application(), 'seed', misspelled),
  'testDatabase()': () => testDatabase(misspelled),
  'the work import': async () => {
    await using app = await createTestApp({})
    await app.work('task', { label: 'import', ...misspelled }, () => {})
  },
  'defineSettings()': () => defineSettings(z.object({}), misspelled),
  DataModule: () => new DataModule(misspelled),
  TasksModule: () => new TasksModule({ tasks: [], ...misspelled }),
  'the task job': () => taskOf(misspelled),
  'the schedule of the task job': () => taskOf({ schedule: { cron: '0 3 * * *', input: {}, ...misspelled } }),
  OtelModule: () => new OtelModule(misspelled),
  WebModule: () => new WebModule(misspelled),
  'defineSession()': () => defineSession({ password: 'x'.repeat(32), ...misspelled }),
  'cookie of defineSession()': () => defineSession({ password: 'x'.repeat(32), cookie: misspelled }),
  'download()': () => download(new Uint8Array(), misspelled),
  'file()': () => file(misspelled),
  'form()': () => form({}, misspelled),
  "mount('/x')": () => mount('/x', () => new Response(), misspelled),
  'createClient()': () => createClient('http://localhost', misspelled),
  'the response 404 of GET /x': () =>
    createTestClient({ routes: [routesOf({ responses: { 404: misspelled } })] }),
  'GET /x': () => createClient('http://localhost').get('/x' as never, misspelled as never),
  'defineDriver()': () => defineDriver({ connect: () => 1, ...misspelled }),
  'the container': () => createContainer(misspelled),
  build: () => createContainer().build(misspelled),
  dispose: () => createContainer().build().dispose(misspelled),
  'the plan x': () => createContainer().plan({ name: 'x', inject: [], ...misspelled }),
  'the singleton Users': () => singleton(Users, misspelled),
  'the request now': () => request([], () => 1, { name: 'now', ...misspelled }),
  'the registration of Users': () => createContainer().register(Users, misspelled),
  'the registration of Clock': () => createContainer().register(Clock, { value: 1, ...misspelled }),
  'the decorator of Clock': () =>
    createContainer().decorate(Clock, { factory: (inner) => inner, ...misspelled }),
  'transaction of GET /x': () =>
    createTestClient({ modules: [database()], routes: [routesOf({ transaction: misspelled })] }),
  'idempotent of GET /x': () =>
    createTestClient({ modules: [database()], routes: [routesOf({ idempotent: misspelled })] }),
}

test.each(Object.entries(places))('%s refuses an option that does not exist', async (of, use) => {
  await expect((async () => use())()).rejects.toMatchObject({
    code: 'MYFY_OPTION_UNKNOWN',
    message: expect.stringContaining(`Cannot use the option 'timout' of ${of}: it does not exist.`),
  })
})

test.each([
  ['createTestApp()', () => createTestApp({ overide: () => {} } as object)],
  ['createTestClient()', () => createTestClient({ overide: () => {} } as object)],
])('a misspelled override of %s is answered with the name that was meant', async (of, create) => {
  await expect((async () => create())()).rejects.toThrow(
    `Cannot use the option 'overide' of ${of}: it does not exist. Write override.`,
  )
})

test('the send of a task refuses an option that does not exist', async () => {
  await expect(new TaskQueue().send(taskOf({}), {}, { dealy: '1h' } as object)).rejects.toThrow(
    "Cannot use the option 'dealy' of send of job: it does not exist. Write delay.",
  )
})

describe('a route', () => {
  test('does not compile with an option that does not exist', () => {
    const declare = () =>
      defineRoutes('/x', (route) => {
        const known = { status: 200, timeout: 5 } as const
        // @ts-expect-error an option, alone
        route.get('/alone', { hiden: true }, () => 1)
        // @ts-expect-error an option beside others
        route.get('/beside', { ...known, hiden: true }, () => 1)
        // @ts-expect-error an option of a group
        route.get('/group', { ...known, before: { run: () => undefined } }, () => 1)
        // @ts-expect-error an option of a WebSocket
        route.get('/protocols', { ...known, protocols: ['graphql-transport-ws'] }, () => 1)
        // @ts-expect-error an option of a request
        route.websocket('/body', { origins: '*', body: z.string() }, () => ({}))
        // @ts-expect-error an option of CORS
        route.get('/cors', { ...known, cors: { origin: '*', credential: true } }, () => 1)
        // @ts-expect-error an option of a response
        route.get('/response', { responses: { 404: { description: 'none', scheme: z.string() } } }, () => 1)
        // @ts-expect-error an option of a limit
        route.get('/limit', { ...known, rateLimit: { points: 1, per: '1s', kye: () => 'x' } }, () => 1)
        // @ts-expect-error an option of the option of a module
        route.get('/module', { ...known, transaction: { retry: 3, isolatoin: 'serializable' } }, () => 1)
        const wide: RouteSpec = known
        route.get('/wide', wide, () => 1)
        route.get(
          '/all',
          { cors: false, idempotent: true, transaction: { retry: 3 } },
          ({ params }) => params,
        )
        route.websocket('/socket', { origins: '*', protocols: ['mqtt'] }, () => ({}))
      })
    expect(declare).toBeTypeOf('function')
  })

  test.each([
    ['stauts', 'Write status, or add the module that defines it'],
    ['Before', 'Write before, or add the module that defines it'],
    ['transaction', 'Add the module that defines it, or remove the option'],
  ])('refuses the option %s: %s', async (name, fix) => {
    await expect(createTestClient({ routes: [routesOf({ [name]: {} })] })).rejects.toThrow(
      `Cannot declare route GET /x: no module defines the option '${name}'. ${fix}.`,
    )
  })

  test('refuses a misspelled option of its group', async () => {
    const group = { beforre: { run: () => undefined } } as object
    const routes = defineRoutes('/x', group, (route) => void route.get('/', () => 'x'))
    await expect(createTestClient({ routes: [routes] })).rejects.toThrow('Write before')
  })
})

describe('a module', () => {
  // The type of a module takes further fields: TypeScript compiles these.
  test.each([
    ['require', { require: ['data'] }, 'requires'],
    ['setting', { setting: defineSettings(z.object({})) }, 'settings'],
    ['Inject', { Inject: {} }, 'inject'],
    ['startTimout', { startTimout: 1 }, 'startTimeout'],
  ])('refuses the field %s', async (name, fields, meant) => {
    const module = defineModule({ name: 'orders', ...fields })
    await expect(createTestApp({ modules: [module] })).rejects.toThrow(
      `Cannot use the field '${name}' of the module 'orders': a module has no such field. Write ${meant}, or choose another name.`,
    )
  })

  test('refuses routes under a name that is nearly routes', async () => {
    const module = defineModule({ name: 'orders', route: [routesOf({})] })
    await expect(createTestClient({ modules: [module] })).rejects.toThrow(
      "Cannot use the field 'route' of the module 'orders': its groups of routes would not be served. Write routes.",
    )
  })

  test('keeps fields of its own', async () => {
    const app = await createTestApp({
      modules: [defineModule({ name: 'orders', queue: ['a'], requires: [] })],
    })
    await app.stopModules()
  })
})
