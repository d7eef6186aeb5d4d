// A name or an instance in place of a token is refused everywhere that services are injected, with its place.
import { expect, test } from 'vitest'
import { z } from 'zod'
import { Application, defineModule, type Module } from '../packages/core/src/index.ts'
import { quiet } from '../packages/core/test/quiet.ts'
import { singleton } from '../packages/di/src/index.ts'
import { defineTask } from '../packages/tasks/src/index.ts'
import { defineAuth, defineRoutes, WebModule } from '../packages/web/src/index.ts'

class Users {}
const Clock = singleton(() => new Date(), { name: 'Clock' })

// biome-ignore lint/suspicious/noExplicitAny: what JavaScript passes
type Given = any

const application = (...modules: Module[]) => new Application({ logger: quiet, modules })
const routes = (group: object, spec: object) =>
  defineRoutes('/x', group, (route) => void route.get('/', spec, () => 1))

const places: ReadonlyArray<readonly [name: string, inject: (inject: Given) => unknown]> = [
  ['a route', (inject) => routes({}, { inject })],
  ['a group', (inject) => routes({ inject }, {})],
  ['a hook of a group', (inject) => routes({ before: { inject } }, {})],
  [
    'an authentication',
    (inject) => defineAuth({ scheme: 'bearer', inject, authenticate: () => undefined } as Given),
  ],
  ['a task', (inject) => defineTask({ name: 'mail', input: z.object({}), inject }, () => {})],
  ['a module', (inject) => application(defineModule({ name: 'users', inject } as Module))],
  [
    'work',
    async (inject) => {
      await using app = application()
      await app.startModules()
      await app.work('task', { inject, label: 'import' }, () => {})
    },
  ],
]
const values: ReadonlyArray<readonly [kind: string, value: unknown]> = [
  ['a string', 'Users'],
  ['an instance of Users', new Users()],
  ['a number', 1],
]
const cases = places.flatMap(([name, inject]) =>
  values.map(([kind, value]) => [kind, name, inject, value] as const),
)

test.each(cases)('%s that %s injects is refused with its place', async (kind, _name, inject, value) => {
  const refused = (async () => inject({ clock: Clock, users: value }))()
  await expect(refused).rejects.toThrow(
    `inject.users is ${kind}, not a token. Inject a class, a provider or a token, not its name or an instance of it.`,
  )
})

test('undefined is refused with its place and the likely reason', async () => {
  const app = application(new WebModule({ routes: [routes({}, { inject: { users: undefined } })] }))
  await expect(app.initialize()).rejects.toThrow(
    'Cannot build GET /x (in web): inject.users is undefined.\n   GET /x → undefined\n   Files that import each other',
  )
})
