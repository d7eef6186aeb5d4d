// Modules of several packages in one application.

import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { Application, defineModule, type Module } from '../packages/core/src/index.ts'
import { quiet } from '../packages/core/test/quiet.ts'
import { DataModule } from '../packages/data/src/index.ts'
import { OtelModule } from '../packages/otel/src/index.ts'
import { defineTask, TasksModule } from '../packages/tasks/src/index.ts'
import { defineRoutes, WebModule } from '../packages/web/src/index.ts'

const task = defineTask({ name: 'mail', input: z.object({}) }, () => {})

const soles: ReadonlyArray<readonly [type: string, create: () => Module & { name: string }, fix: string]> = [
  [
    'WebModule',
    () => new WebModule(),
    'Pass the routes of both to one: new WebModule({ routes: [users, admin] }); for a second port, create a second application.',
  ],
  [
    'DataModule',
    () => new DataModule(),
    'Keep one of them, with the migrations of both, and open any other database in a separate provider.',
  ],
  [
    'TasksModule',
    () => new TasksModule({ tasks: [task] }),
    'Pass the tasks of both to one: new TasksModule({ tasks: [mail, reports] }).',
  ],
  ['OtelModule', () => new OtelModule(), 'Remove one of them.'],
]

describe.each(soles)('a second %s', (type, create, fix) => {
  const initialize = (second: Module) => {
    const needed = type === 'TasksModule' ? [new DataModule()] : []
    return new Application({ logger: quiet, modules: [...needed, create(), second] }).initialize()
  }

  test('is refused with the way to have one', async () => {
    const { name } = create()
    await expect(initialize(create())).rejects.toThrow(
      `Cannot add the module '${name}' twice: an application has one ${type}. ${fix}`,
    )
  })

  test('is refused also by another name', async () => {
    const { name } = create()
    await expect(initialize(Object.assign(create(), { name: 'admin' }))).rejects.toThrow(
      `Cannot add the module 'admin' beside '${name}': an application has one ${type}. ${fix}`,
    )
  })
})

test('the fields of modules that WebModule reads have no warning beside it', async () => {
  const warnings: string[] = []
  const users = defineModule({
    name: 'users',
    routes: [defineRoutes('/users', (route) => void route.get('/', () => []))],
    exceptionHandlers: [[Error, () => undefined]],
    handlerOptions: () => [],
  })
  const app = new Application({ logger: quiet, modules: [users, new WebModule(), new DataModule()] })
  app.on('module.unread', ({ message }) => void warnings.push(message))
  await app.initialize()
  expect(warnings).toEqual([])
})
