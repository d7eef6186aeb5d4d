import { singleton } from '@myfy/di'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineModule, defineSettings } from '../../src/index.ts'
import { createTestApp } from '../../src/testing/index.ts'

describe('settings that a service injects and no module declares', () => {
  const AppSettings = defineSettings(z.object({ port: z.number().default(1) }), { name: 'AppSettings' })
  const AuthSettings = defineSettings(z.object({ ttl: z.number().default(2) }), { name: 'AuthSettings' })
  const tokens = singleton({ settings: AuthSettings }, ({ settings }) => settings.ttl)
  const configure = (container: { register(provider: typeof tokens): unknown }) =>
    void container.register(tokens)

  test('are reported with the way to declare them, also where other settings have a similar name', async () => {
    const auth = defineModule({ name: 'auth', configure })
    await expect(createTestApp({ settings: AppSettings, modules: [auth] })).rejects.toThrow(
      'Declare the settings: new Application({ settings: AuthSettings }), or settings: AuthSettings of the module that needs them.',
    )
  })

  test('work once a module declares them', async () => {
    const auth = defineModule({ name: 'auth', settings: AuthSettings, configure })
    const app = await createTestApp({ settings: AppSettings, modules: [auth] })
    expect(app.container.get(tokens)).toBe(2)
    await app.stopModules()
  })
})
