import { Application, BaseModule, defineModule, type Module } from '@myfy/core'
import { readFields } from '@myfy/core/runtime'
import { describe, expect, test } from 'vitest'
import { quiet } from '../quiet.ts'

/** Returns the warnings about unread fields of an application with these modules. */
async function warningsOf(...modules: Module[]): Promise<string[]> {
  const warnings: string[] = []
  const app = new Application({ logger: quiet, modules })
  app.on('module.unread', ({ message }) => void warnings.push(message))
  await app.initialize()
  return warnings
}

/** A module that reads what `WebModule` reads. */
class Reader extends BaseModule {
  get [readFields]() {
    return ['routes', 'exceptionHandlers', 'handlerOptions']
  }
}

const contributions = {
  routes: { routes: [{ prefix: '/', routes: [] }] },
  exceptionHandlers: { exceptionHandlers: [[Error, () => 'sorry']] },
  handlerOptions: { handlerOptions: () => [] },
}

describe('a module that adds to a module that was not added', () => {
  test.each(Object.entries(contributions))('is warned about: %s', async (field, members) => {
    const users = defineModule({ name: 'users', ...members } as Module)
    expect(await warningsOf(users)).toEqual([
      `the field '${field}' of the module 'users' has no effect: the application has no WebModule, which reads it; add new WebModule(), or remove the field`,
    ])
    expect(await warningsOf(users, new Reader())).toEqual([])
  })

  test.each([
    ['middleware', 'WebModule'],
    ['tasks', 'TasksModule'],
    ['migrations', 'DataModule'],
  ])('is warned about beside it if the field is an option of it: %s', async (field, type) => {
    const users = defineModule({ name: 'users', [field]: [] } as Module)
    expect(await warningsOf(users, new Reader())).toEqual([
      `the field '${field}' of the module 'users' has no effect: no module reads it; write new ${type}({ ${field} })`,
    ])
  })

  test('is warned about for the routes of a class, and not for fields that a class may have for other reasons', async () => {
    class Users extends BaseModule {
      readonly routes = contributions.routes.routes
      readonly exceptionHandlers = contributions.exceptionHandlers.exceptionHandlers
      readonly tasks = []
    }
    expect(await warningsOf(new Users())).toEqual([
      "the field 'routes' of the module 'users' has no effect: the application has no WebModule, which reads it; add new WebModule(), or remove the field",
    ])
  })
})
