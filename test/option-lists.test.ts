// Every option that is a list refuses a value of another shape where it is written, and says what to pass.
import { expect, test } from 'vitest'
import { Application, defineModule, type Module } from '../packages/core/src/index.ts'
import { quiet } from '../packages/core/test/quiet.ts'
import { DataModule } from '../packages/data/src/index.ts'
import { readMigrations } from '../packages/data/src/migrations/migration.ts'
import { TasksModule } from '../packages/tasks/src/index.ts'
import { defineRoutes, WebModule } from '../packages/web/src/index.ts'

// biome-ignore lint/suspicious/noExplicitAny: what JavaScript passes
type Given = any

const initialize = (...modules: Module[]) => new Application({ logger: quiet, modules }).initialize()
const web = (options: object) => initialize(new WebModule(options))
const route = (spec: object, group: object = {}) =>
  web({ routes: [defineRoutes('/x', group, (one) => void one.get('/', spec, () => 1))] })
const brought = (members: object) =>
  initialize(new WebModule(), defineModule({ name: 'users', ...members } as Module))

/** Each option with a function that passes a value to it. `items` is false where the items are another matter. */
const lists: ReadonlyArray<readonly [name: string, pass: (value: Given) => unknown, items?: boolean]> = [
  ['routes of WebModule', (routes) => web({ routes })],
  ['middleware of WebModule', (middleware) => web({ middleware })],
  ['exceptionHandlers of WebModule', (exceptionHandlers) => web({ exceptionHandlers })],
  ['cookieSecrets of WebModule', (cookieSecrets) => web({ cookieSecrets })],
  ['servers of openapi', (servers) => web({ openapi: { servers } })],
  ['security of openapi', (security) => web({ openapi: { security } })],
  ['tags of a route', (tags) => route({ tags })],
  ['middleware of a route', (middleware) => route({ middleware })],
  ['tags of a group', (tags) => route({}, { tags })],
  ['middleware of a group', (middleware) => route({}, { middleware })],
  ['routes of a module', (routes) => brought({ routes })],
  ['exceptionHandlers of a module', (exceptionHandlers) => brought({ exceptionHandlers })],
  ['handlerOptions of a module', (value) => brought({ handlerOptions: () => value })],
  ['requires of a module', (requires) => brought({ requires })],
  ['modules of a module', (value) => brought({ modules: () => value })],
  ['tasks of TasksModule', (tasks) => initialize(new DataModule(), new TasksModule({ tasks }))],
  ['modules of Application', (modules) => new Application({ modules })],
  ['onStartup of Application', (onStartup) => new Application({ onStartup })],
  ['onShutdown of Application', (onShutdown) => new Application({ onShutdown })],
  ['migrations of DataModule', (migrations) => readMigrations(migrations), false],
  ['only of a start', (only) => new Application({ logger: quiet }).startModules({ only })],
]

/** Returns the message with which a value is refused. */
async function refusalOf(pass: (value: Given) => unknown, value: unknown): Promise<string> {
  try {
    await pass(value)
  } catch (error) {
    return (error as Error).message
  }
  return 'nothing refused it'
}

const wrong: ReadonlyArray<readonly [kind: string, value: unknown, isOfItems: boolean]> = [
  ['a number', 5, false],
  ['an object', {}, true],
  ['a list of numbers', [5], true],
]
const cases = lists.flatMap(([name, pass, items = true]) =>
  wrong
    .filter(([, , isOfItems]) => items || !isOfItems)
    .map(([kind, value]) => [name, kind, pass, value] as const),
)

test.each(cases)('the list %s is refused as %s, with a sentence', async (_name, _kind, pass, value) => {
  expect(await refusalOf(pass, value)).toMatch(/^Cannot [^:]+: .*\. [A-Z].*\.$/s)
})
