import { channel } from 'node:diagnostics_channel'
import { setImmediate } from 'node:timers/promises'
import { traceChannel } from '@myfy/core'
import { defineRoutes, WebModule } from '@myfy/web'
import { expect, onTestFinished, test, vi } from 'vitest'
import { RequestPipeline } from '../../src/pipeline/pipeline.ts'
import { listening } from '../listening.ts'

// In a file of its own: the channels are those of the process, and a recorder never leaves them.
test('above the limit, a request takes the path of an unobserved one', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const routes = [defineRoutes('', (route) => void route.get('/', ({ id }) => ({ id })))]
  const { app } = await listening({ web: { routes } })
  await app.container.get(RequestPipeline).onListening?.({ development: true, memory: new Map() })
  const observed = () =>
    [...(['request', 'handler', 'service', 'transaction'] as const).map((name) => traceChannel(name).start)]
      .concat(channel('myfy:log') as never)
      .filter(({ hasSubscribers }) => hasSubscribers)
      .map(({ name }) => String(name))
  const all = ['request', 'handler', 'service', 'transaction'].map((name) => `tracing:myfy:${name}:start`)
  const ask = async () => (await app.getModule(WebModule).fetch(new Request('http://localhost/'))).text()
  for (let i = 0; i < 249; i++) await ask()
  await setImmediate()
  expect(observed()).toEqual([...all, 'myfy:log'])
  await ask()
  await setImmediate()
  expect(observed()).toEqual([])
  vi.advanceTimersByTime(1_000)
  expect(observed()).toEqual([...all, 'myfy:log'])
})
