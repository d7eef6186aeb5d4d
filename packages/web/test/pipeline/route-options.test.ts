import { CurrentWork, defineModule, type HandlerOption, type HandlerOptions } from '@myfy/core'
import { work } from '@myfy/di'
import { defineRoutes, errors, RouteError } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { listening } from '../listening.ts'

// As a package declares its option: a spec with it compiles.
declare module '@myfy/core' {
  interface HandlerOptions {
    readonly repeat?: number
    readonly stamp?: string
  }
}

const log: string[] = []

let count = 0
const unit = work(
  { current: CurrentWork },
  ({ current }) => {
    const id = ++count
    log.push(`open ${id} for ${current.label}`)
    return { id, current }
  },
  {
    name: 'unit',
    settle: ({ id }, { ok }) => void log.push(`${ok ? 'commit' : 'roll back'} ${id}`),
    dispose: ({ id }) => void log.push(`dispose ${id}`),
  },
)

const repeat: HandlerOption = {
  name: 'repeat',
  check(value, route) {
    if (!Number.isInteger(value)) throw new Error(`repeat of ${route} is not a number`)
  },
  async around(value, _work, attempt) {
    for (let left = value as number; ; left--) {
      try {
        return await attempt()
      } catch (error) {
        if (left === 0 || !(error instanceof Error && error.message === 'again')) throw error
      }
    }
  },
}

const stamp: HandlerOption = {
  name: 'stamp',
  inject: { unit },
  async within(value, { method, header, body }, services, next) {
    const { unit: mine } = services as { unit: { id: number } }
    if (header('X-Stop')) return new Response(`stopped in ${mine.id}`, { status: 202 })
    const sent = Buffer.from(await body()).toString()
    const response = await next()
    return Response.json(
      { value, method, sent, unit: mine.id, inner: await response.json() },
      { status: response.status },
    )
  },
}

const options = defineModule({ name: 'options', handlerOptions: () => [repeat, stamp] })

const routes = defineRoutes('', (route) => {
  let failures = 0
  route.post(
    '/items/:id',
    {
      inject: { unit },
      params: z.object({ id: z.coerce.number() }),
      body: z.object({ n: z.number() }),
      repeat: 2,
    },
    ({ unit, params, body }) => {
      log.push(`handle ${typeof params.id} ${body.n} in ${unit.id}`)
      if (body.n > failures++) throw new Error('again')
      failures = 0
      return { unit: unit.id, repeat: unit.current.options.repeat }
    },
  )
  route.post('/stamped', { inject: { unit }, stamp: 'seen', status: 201 }, ({ unit }) => ({ unit: unit.id }))
  route.get('/time', { inject: { unit }, timeout: 5_000 }, async ({ unit }) => {
    await Promise.resolve()
    return unit.current.remaining()
  })
  route.post('/refused', { inject: { unit }, repeat: 1 }, () => errors.conflict('no'))
})

describe('an option that a module defines', () => {
  test('runs the handler again with new services, validated anew, and answers once', async () => {
    await using client = await createTestClient({ routes: [routes], modules: [options] })
    log.length = count = 0
    const response = await client.post('/items/7', { json: { n: 2 } })
    expect(await response.json()).toEqual({ unit: 3, repeat: 2 })
    expect(log).toEqual([
      ...['open 1 for POST /items/:id', 'handle number 2 in 1', 'roll back 1', 'dispose 1'],
      ...['open 2 for POST /items/:id', 'handle number 2 in 2', 'roll back 2', 'dispose 2'],
      ...['open 3 for POST /items/:id', 'handle number 2 in 3', 'commit 3', 'dispose 3'],
    ])
  })

  test('ends with the last error, which is the response', async () => {
    await using client = await createTestClient({ routes: [routes], modules: [options] })
    log.length = count = 0
    expect((await client.post('/items/7', { json: { n: 9 } })).status).toBe(500)
    expect(log.filter((line) => line.startsWith('roll back'))).toHaveLength(3)
    expect(log).not.toContain(expect.stringMatching(/commit/))
    expect((await client.post('/refused')).status).toBe(409)
    expect((await client.post('/items/7', { json: { n: 'x' } })).status).toBe(422)
  })

  test('runs around the handler in its scope, with its own services, and sees the response before the commit', async () => {
    await using client = await createTestClient({ routes: [routes], modules: [options] })
    log.length = count = 0
    const response = await client.post('/stamped', { json: { a: 1 } })
    expect(response.status).toBe(201)
    expect(await response.json()).toEqual({
      value: 'seen',
      method: 'POST',
      sent: '{"a":1}',
      unit: 1,
      inner: { unit: 1 },
    })
    const stopped = await client.post('/stamped', { headers: { 'x-stop': '1' } })
    expect([stopped.status, await stopped.text()]).toEqual([202, 'stopped in 2'])
    await client.app.inFlight.whenIdle()
    expect(log).toContain('commit 2')
  })

  test('works on a socket, with middleware and a hook of the group', async () => {
    const guarded = defineRoutes(
      '/guarded',
      { before: { inject: { unit }, run: ({ unit }) => void log.push(`before ${unit.id}`) }, repeat: 1 },
      (route) => {
        let failed = false
        route.post('/', { inject: { unit }, stamp: 'x' }, async ({ unit, request }) => {
          expect(await request.text()).toBe('text')
          failed = !failed
          if (failed) throw new Error('again')
          return { unit: unit.id }
        })
      },
    )
    log.length = count = 0
    const server = await listening({
      web: { routes: [guarded], middleware: [(_context, next) => next()] },
      modules: [options],
    })
    const response = await fetch(`${server.url}/guarded`, { method: 'POST', body: 'text' })
    expect(await response.json()).toMatchObject({ sent: 'text', unit: 2, inner: { unit: 2 } })
    expect(log.filter((line) => line.startsWith('before'))).toEqual(['before 1', 'before 2'])
  })

  test.each([
    ['that no module defines', {}, 'repeat', "no module defines the option 'repeat'"],
    ['whose value the module refuses', { modules: [options] }, 'often', 'repeat of GET /x is not a number'],
  ])('%s is refused before the start', async (_, more, value, message) => {
    const unknown = defineRoutes('', (route) => {
      route.get('/x', { repeat: value } as object as HandlerOptions, () => 'x')
    })
    const starting = createTestClient({ routes: [unknown], ...more })
    await expect(starting).rejects.toThrow(message)
    if (!('modules' in more)) await expect(starting).rejects.toThrow(RouteError)
  })
})

test('a service reads the time that its request has left', async () => {
  await using client = await createTestClient({ routes: [routes], modules: [options] })
  const left = await (await client.get('/time')).json()
  expect(left).toBeGreaterThan(4_000)
  expect(left).toBeLessThanOrEqual(5_000)
})
