import { AsyncLocalStorage } from 'node:async_hooks'
import { Application, defineModule, observeTraces, type TraceName, traceChannel } from '@myfy/core'
import { request } from '@myfy/di'
import { defineRoutes, WebModule } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { listening, silent } from '../listening.ts'

const stops: Array<() => void> = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

/** Notes what begins and ends on the channels. */
function notes(...names: readonly TraceName[]): string[] {
  const lines: string[] = []
  for (const name of names) {
    const text = (message: object) => {
      const { route, module, service, task, phase, error } = message as Record<string, unknown>
      const failed = error === undefined ? '' : ' failed'
      return `${name} ${String(route ?? service ?? task ?? module)}${phase ? ` ${phase}` : ''}${failed}`
    }
    stops.push(
      observeTraces(name, {
        start: (message) => lines.push(`→ ${text(message)}`),
        end: (message) => lines.push(`← ${text(message)}`),
      }),
    )
  }
  return lines
}

const Session = request(async () => ({ id: 1 }), { name: 'Session' })

const routes = [
  defineRoutes('/t', (route) => {
    route.get('/ok', { inject: { session: Session } }, ({ session }) => session)
    route.get('/boom', () => {
      throw new Error('out of order')
    })
  }),
]

describe('the tracing channels', () => {
  test('publish a request, its services and its handler, each inside the other', async () => {
    const lines = notes('request', 'handler', 'service')
    await using client = await createTestClient({ routes })
    await client.get('/t/ok')
    expect(lines).toEqual([
      '→ request /t/ok',
      '→ handler GET /t/ok',
      '→ service Session',
      '← service Session',
      '← handler GET /t/ok',
      '← request /t/ok',
    ])
  })

  test('publish the error of a handler, and the status of the answer', async () => {
    const lines = notes('request', 'handler')
    const statuses: number[] = []
    stops.push(observeTraces('request', { end: ({ status }) => void statuses.push(status) }))
    await using client = await createTestClient({ routes })
    await client.get('/t/boom')
    await client.get('/nowhere')
    expect(lines).toEqual([
      '→ request /t/boom',
      '→ handler GET /t/boom',
      '← handler GET /t/boom failed',
      '← request /t/boom failed',
      '→ request undefined',
      '← request undefined failed',
    ])
    expect(statuses).toEqual([500, 404])
  })

  test('run the handler in the stores that a subscriber has bound', async () => {
    const storage = new AsyncLocalStorage<string>()
    const { start } = traceChannel('request')
    start.bindStore(storage, ({ route }) => `in ${route}`)
    stops.push(() => start.unbindStore(storage))
    const seen = defineRoutes('/s', (route) => {
      route.get('/:id', async () => {
        await undefined
        return storage.getStore()
      })
    })
    const { url } = await listening({ web: { routes: [seen] } })
    expect(await (await fetch(`${url}/s/1`)).text()).toBe('in /s/:id')
  })

  test('let a tracer set the id of a request, which is then that of its answer', async () => {
    const id = '0af7651916cd43dd8448eb211c80319c'
    stops.push(
      observeTraces('request', {
        start(message) {
          message.id = id
        },
      }),
    )
    const { url } = await listening({ web: { routes } })
    expect((await fetch(`${url}/t/ok`)).headers.get('x-request-id')).toBe(id)
  })

  test('publish the hooks of modules, the turns of tasks, and work', async () => {
    const lines = notes('module', 'task')
    const app = new Application({ logger: silent })
    app.addModule(
      defineModule({
        name: 'poller',
        start: ({ spawn }) => spawn('poll', async () => {}),
        stop: () => {
          throw new Error('no')
        },
      }),
    )
    await app.startModules()
    await app.work('task', { inject: [], label: 'order' }, () => {})
    await app.stopModules().catch(() => {})
    expect(lines).toEqual([
      '→ module poller start',
      '→ task poll',
      '← module poller start',
      '← task poll',
      '→ task order',
      '← task order',
      '→ module poller stop',
      '← module poller stop failed',
      '→ module container dispose',
      '← module container dispose',
    ])
  })

  test('publish no probe, and nothing once nobody listens', async () => {
    const lines = notes('request')
    await using client = await createTestClient({ routes })
    await client.get('/health/live')
    expect(lines).toEqual([])
    for (const stop of stops.splice(0)) stop()
    expect(traceChannel('request').start.hasSubscribers).toBe(false)
    const publish = vi.spyOn(traceChannel('request').start, 'publish')
    await client.get('/t/ok')
    expect(publish).not.toHaveBeenCalled()
    publish.mockRestore()
  })

  test('add the access line and the trace to one request', async () => {
    const lines = notes('request')
    const info = vi.fn()
    await using client = await createTestClient({ routes, accessLog: true, logger: { ...silent, info } })
    await client.get('/t/ok')
    expect(lines).toHaveLength(2)
    expect(info).toHaveBeenCalledWith(expect.objectContaining({ status: 200 }), expect.any(String))
  })
})

test('the flush hook of a module runs after all modules have stopped and before the logger is flushed', async () => {
  const order: string[] = []
  const logger = { ...silent, flush: () => void order.push('logger') }
  const app = new Application({ logger })
  app.addModule(
    defineModule({
      name: 'exporter',
      stop: () => void order.push('exporter stops'),
      flush: () => void order.push('exporter flushes'),
    }),
  )
  app.addModule(new WebModule({ routes }))
  app.onShutdown(() => void order.push('onShutdown'))
  await app.startModules()
  await app.stopModules()
  expect(order).toEqual(['exporter stops', 'onShutdown', 'exporter flushes', 'logger'])
})
