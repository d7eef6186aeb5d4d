// The id of the request that sent a job, in the lines of the job.

import { channel } from 'node:diagnostics_channel'
import { Application, CurrentWork, type Logger } from '@myfy/core'
import { createTestApp } from '@myfy/core/testing'
import { DataModule } from '@myfy/data'
import { work } from '@myfy/di'
import { defineRoutes, HTTPTransport, WebModule } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineTask, TaskQueue, Tasks, TasksModule } from '../src/index.ts'
import { testTasks } from '../src/testing/index.ts'
import { stores } from './stores.ts'

// The examples of W3C Trace Context, sections 3.2 and 2.
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const traceparent = `00-${TRACE}-00f067aa0ba902b7-01`
const OTHER = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00'

/** Keeps the lines that have a job, by their message. */
function jobLines(): { logger: Logger; idOf(message: string): unknown[] } {
  const lines: { message: string; id?: unknown }[] = []
  const keep = (fields: object, message: string) => {
    if ('job' in fields) lines.push({ ...fields, message })
  }
  return {
    logger: { debug() {}, info: keep, warn: keep, error: keep },
    idOf: (message) => lines.filter((line) => line.message === message).map(({ id }) => id),
  }
}

const name = z.object({ name: z.string() })
/** A service that knows the request only by the work it belongs to. */
const cause = work({ unit: CurrentWork }, ({ unit }) => unit.id)
const greet = defineTask(
  { name: 'greet', input: name, inject: { cause }, retry: 0 },
  ({ input, logger, cause }) => {
    logger.info({}, `greet ${input.name} because of ${cause}`)
    if (input.name === 'nobody') throw new Error('there is nobody')
  },
)
const invite = defineTask(
  { name: 'invite', input: name, inject: { tasks: Tasks } },
  ({ input, tasks, logger }) => {
    logger.info({}, 'invite')
    return tasks.send(greet, input)
  },
)
const routes = defineRoutes('', (route) => {
  route.post('/greet/:name', { params: name, inject: { tasks: Tasks } }, ({ tasks, params }) =>
    tasks.send(greet, params),
  )
  route.post('/invite/:name', { params: name, inject: { tasks: Tasks } }, ({ tasks, params }) =>
    tasks.send(invite, params),
  )
  route.post('/queue/:name', { params: name, inject: { queue: TaskQueue } }, ({ queue, params, id }) =>
    queue.send(greet, params, { requestId: id }),
  )
})
const modules = () => [
  new DataModule({ directory: 'memory://' }),
  new TasksModule({ tasks: [greet, invite], worker: false }),
]

it.each(['greet', 'invite', 'queue'])('a job that POST /%s sends has the id of the request', async (way) => {
  const { logger, idOf } = jobLines()
  await using client = await createTestClient({ modules: modules(), routes: [routes], logger })
  const first = await client.post(`/${way}/Ada`, { headers: { traceparent } })
  const second = await client.post(`/${way}/Grace`)
  const fresh = second.headers.get('x-request-id')
  expect(first.headers.get('x-request-id')).toBe(TRACE)
  expect(fresh).toMatch(/^[\da-f]{32}$/)
  await testTasks(client.app).drain()
  expect(idOf(`greet Ada because of ${TRACE}`)).toEqual([TRACE])
  expect(idOf(`greet Grace because of ${fresh}`)).toEqual([fresh])
})

it('the failure of a job has the id of the request that sent it', async () => {
  const { logger, idOf } = jobLines()
  await using client = await createTestClient({ modules: modules(), routes: [routes], logger })
  await client.post('/invite/nobody', { headers: { traceparent } })
  await testTasks(client.app)
    .drain()
    .catch(() => {})
  expect(idOf('the task greet failed')).toEqual([TRACE])
})

it('a job has the id that the proxy gave to its request', async () => {
  const { logger, idOf } = jobLines()
  const app = new Application({ logger, modules: [...modules(), new WebModule({ routes: [routes] })] })
  const transport = new HTTPTransport({ port: 0, host: '127.0.0.1', trustProxy: true })
  await app.startModules()
  await transport.listen({ app, signal: AbortSignal.timeout(60_000), logger })
  const headers = { 'x-request-id': 'edge-7' }
  const response = await fetch(`${transport.url}/greet/Ada`, { method: 'POST', headers })
  expect(response.headers.get('x-request-id')).toBe('edge-7')
  await testTasks(app).drain()
  transport.close()
  await app.stopModules()
  expect(idOf('greet Ada because of edge-7')).toEqual(['edge-7'])
})

it('the id of the request precedes that of a trace which a tracer adds', async () => {
  const { logger, idOf } = jobLines()
  const tracer = channel('myfy:propagate')
  const inject = (headers: unknown) => void Object.assign(headers as object, { traceparent: OTHER })
  tracer.subscribe(inject)
  try {
    await using client = await createTestClient({ modules: modules(), routes: [routes], logger })
    await client.post('/greet/Ada', { headers: { traceparent } })
    await testTasks(client.app).drain()
    expect(idOf(`greet Ada because of ${TRACE}`)).toEqual([TRACE])
  } finally {
    tracer.unsubscribe(inject)
  }
})

describe.each(stores)('a job in %s', (_, store) => {
  it.skipIf(!store.reachable)('keeps the id of its request', async () => {
    const { logger, idOf } = jobLines()
    const wave = defineTask({ name: 'wave', input: z.object({}), transaction: false }, ({ logger }) =>
      logger.info({}, 'wave'),
    )
    const place = await store.create()
    try {
      await using app = await createTestApp({ modules: place.modules([wave], false), logger })
      const queue = app.container.get(TaskQueue)
      await queue.send(wave, {}, { requestId: TRACE })
      await queue.send(wave, {})
      await testTasks(app).drain()
      expect(idOf('wave')).toEqual([TRACE, undefined])
    } finally {
      await place.remove()
    }
  })
})

it('an id that cannot stand in a header is refused', async () => {
  await using app = await createTestApp({ modules: modules() })
  for (const requestId of ['', 'a b', 'x'.repeat(129), 'line\nbreak', 7]) {
    const sending = app.container.get(TaskQueue).send(greet, { name: 'Ada' }, { requestId } as never)
    await expect(sending).rejects.toMatchObject({
      code: 'MYFY_TASK_SEND',
      message: expect.stringContaining('requestId is not 1 to 128'),
    })
  }
})
