import { Application, defineModule } from '@myfy/core'
import { createTestApp } from '@myfy/core/testing'
import { expect, test, vi } from 'vitest'

test('an override changes a provider for a test', async () => {
  class Clock {
    now() {
      return 1
    }
  }
  await using app = await createTestApp({
    modules: [defineModule({ name: 'a', configure: (container) => void container.register(Clock) })],
    override: (container) => void container.override(Clock, { value: { now: () => 42 } }),
  })
  expect(app.container.get(Clock).now()).toBe(42)
})

test('an application of another copy of the package is started as well', async () => {
  vi.resetModules()
  const copy = await import('../../src/index.ts')
  expect(copy.Application).not.toBe(Application)
  await using app = await createTestApp(new copy.Application())
  expect(app.state).toBe('starting')
})
