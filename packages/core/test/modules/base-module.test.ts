import { Application, BaseModule } from '@myfy/core'
import { Container } from '@myfy/di'
import { describe, expect, test } from 'vitest'
import { quiet } from '../quiet.ts'

describe('a module', () => {
  test('is named by its constructor, its field or its class', () => {
    class UserDataModule extends BaseModule {}
    class Named extends BaseModule {
      override name = 'other'
    }
    class Given extends BaseModule {
      constructor() {
        super('given')
      }
    }
    expect([new UserDataModule().name, new Named().name, new Given().name]).toEqual([
      'user-data',
      'other',
      'given',
    ])
  })

  test('has its container from configure on', async () => {
    class DataModule extends BaseModule {
      seen: unknown
      override configure(container: Container) {
        this.seen = [container === this.container, this.container instanceof Container]
      }
    }
    const data = new DataModule()
    expect(() => data.container).toThrow(
      "Cannot access the container of the module 'data': it is not configured yet",
    )
    await new Application({ logger: quiet, modules: [data] }).initialize()
    expect(data.seen).toEqual([true, true])
  })

  test('is found by its class', () => {
    class DataModule extends BaseModule {}
    class OtherModule extends BaseModule {}
    const app = new Application({ modules: [new DataModule()] })
    expect(app.getModule(DataModule)).toBeInstanceOf(DataModule)
    expect([app.hasModule(DataModule), app.hasModule(OtherModule), app.hasModule('data')]).toEqual([
      true,
      false,
      true,
    ])
    expect(() => app.getModule(OtherModule)).toThrow(
      'Cannot get the module OtherModule: it was not added. Add it with app.addModule(…). Added modules: data.',
    )
  })

  test('can inject the application itself', async () => {
    const app = new Application({ logger: quiet })
    await app.initialize()
    expect(app.container.get(Application)).toBe(app)
  })
})
