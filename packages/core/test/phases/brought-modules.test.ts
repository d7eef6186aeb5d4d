import { Application, BaseModule, defineModule, type Module } from '@myfy/core'
import { describe, expect, test } from 'vitest'
import { quiet } from '../quiet.ts'

class DataModule extends BaseModule {}
class BillingModule extends BaseModule {
  override modules() {
    return [new DataModule(), defineModule({ name: 'mail', modules: () => [defineModule({ name: 'smtp' })] })]
  }
}
class UsersModule extends BaseModule {
  override modules = () => [new DataModule()]
}

const order = async (...modules: Module[]) => {
  const app = new Application({ logger: quiet, modules })
  await app.initialize()
  return app.modules.map(({ name }) => name)
}

describe('modules that a module brings', () => {
  test('are added before it, with the modules that they bring themselves', async () => {
    expect(await order(new BillingModule())).toEqual(['data', 'smtp', 'mail', 'billing'])
  })

  test('are added once, however many modules bring them', async () => {
    expect(await order(new BillingModule(), new UsersModule())).toEqual([
      'data',
      'smtp',
      'mail',
      'billing',
      'users',
    ])
  })

  test('give way to a module that was added explicitly, which still starts before', async () => {
    const own = new DataModule()
    const app = new Application({ logger: quiet, modules: [new UsersModule(), own] })
    await app.initialize()
    expect(app.modules.map(({ name }) => name)).toEqual(['data', 'users'])
    expect(app.getModule(DataModule)).toBe(own)
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('too early')
      },
      /modules\(\) failed: too early/,
    ],
    ['returns no list', () => new DataModule(), /returned a value of type object/],
    ['returns a class', () => [DataModule], /Cannot add the class DataModule/],
  ])('%s: refused with the module’s name', async (_, modules, message) => {
    await expect(order({ name: 'odd', modules } as never)).rejects.toThrow(message)
  })
})
