// A request that awaits the stop of its application does not wait for itself.

import { Application } from '@myfy/core'
import { request } from '@myfy/di'
import { defineRoutes, type Routes, WebModule, type WebModuleOptions } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'

const silent = { debug() {}, info() {}, warn() {}, error() {} }
const body = z.object({ id: z.number() })

/** The places in which code of the user runs for a request. */
const places: Record<
  string,
  (stop: () => Promise<object>) => { routes: Routes } & Omit<WebModuleOptions, 'routes'>
> = {
  'a handler': (stop) => ({
    routes: defineRoutes('', (route) => void route.post('/', stop)),
  }),
  'a handler behind middleware': (stop) => ({
    routes: defineRoutes('', (route) => void route.post('/', stop)),
    middleware: [(_context, next) => next()],
  }),
  'a handler with a body schema': (stop) => ({
    routes: defineRoutes('', (route) => void route.post('/', { body }, stop)),
  }),
  'a handler with services of its request': (stop) => {
    const session = request(async () => ({}), { name: 'session' })
    return { routes: defineRoutes('', (route) => void route.post('/', { inject: { session } }, stop)) }
  },
  'a service of a request': (stop) => {
    const stopped = request(async () => ({ answer: await stop() }), { name: 'stopped' })
    return {
      routes: defineRoutes(
        '',
        (route) => void route.post('/', { inject: { stopped } }, ({ stopped }) => stopped.answer),
      ),
    }
  },
  middleware: (stop) => ({
    routes: defineRoutes('', (route) => void route.post('/', () => 'unused')),
    middleware: [async () => Response.json(await stop())],
  }),
  'the middleware of a route': (stop) => ({
    routes: defineRoutes(
      '',
      (route) =>
        void route.post('/', { middleware: [async () => Response.json(await stop())] }, () => 'unused'),
    ),
  }),
  'a hook before the handler': (stop) => ({
    routes: defineRoutes('', { before: { run: async () => Response.json(await stop()) } }, (route) => {
      route.post('/', () => 'unused')
    }),
  }),
  'an exception handler': (stop) => ({
    routes: defineRoutes('', (route) => {
      route.post('/', () => {
        throw new RangeError('out of range')
      })
    }),
    exceptionHandlers: [[RangeError, async () => Response.json(await stop())]],
  }),
}

describe.each([
  ['at once', false],
  ['after an await', true],
])('stop() awaited %s', (_, later) => {
  test.each(Object.keys(places))('in %s does not wait for the request', async (place) => {
    const { routes, ...options } = places[place]!(async () => {
      if (later) await new Promise((resolve) => setImmediate(resolve))
      await app.stop()
      return { waited: app.state === 'stopped' }
    })
    const web = new WebModule({ ...options, routes: [routes] })
    const app = new Application({ logger: silent, shutdown: { drain: 2_000 }, modules: [web] })
    await using client = await createTestClient(app)
    const response = await client.post('/', { json: { id: 1 } })
    expect(await response.json()).toEqual({ waited: false })
    expect(await app.stop()).toBe(0)
  })
})
