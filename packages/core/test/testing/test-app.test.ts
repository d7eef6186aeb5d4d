import { defineModule } from '@myfy/core'
import { createTestApp } from '@myfy/core/testing'
import { expect, test } from 'vitest'

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
