// Services that need the current request and the current work, in each place of a route that injects services.

import { CurrentWork, defineModule, type HandlerOption } from '@myfy/core'
import { request, work } from '@myfy/di'
import { CurrentRequest, defineAuth, defineRoutes } from '@myfy/web'
import WebSocket from 'crossws/websocket'
import { describe, expect, test } from 'vitest'
import { listening } from '../listening.ts'
import { ways } from '../ways.ts'

declare module '@myfy/core' {
  interface HandlerOptions {
    readonly told?: true
  }
}

/** A service of requests and background work alike, and one of requests alone. */
const cause = work({ unit: CurrentWork }, ({ unit }) => `${unit.label} ${unit.id}`)
const origin = request(
  { current: CurrentRequest, cause },
  ({ current, cause }) => `${current.path}: ${cause}`,
)

const told: HandlerOption = {
  name: 'told',
  inject: { origin },
  within: async (_value, _call, services) => new Response((services as { origin: string }).origin),
}
const module = defineModule({ name: 'told', handlerOptions: () => [told] })

const bearer = defineAuth({
  scheme: 'bearer',
  inject: { origin },
  authenticate: ({ origin }) => ({ origin }),
})

const routes = [
  defineRoutes('', (route) => [
    route.get('/handler', { inject: { origin } }, ({ origin }) => origin),
    route.get('/auth', { auth: bearer }, ({ identity }) => identity.origin),
    route.get('/auth-and-handler', { auth: bearer, inject: { origin } }, ({ origin }) => origin),
    route.get('/option', { told: true }, () => 'not called'),
    route.websocket('/websocket', { inject: { origin } }, ({ origin }) => ({
      open: (peer) => void peer.send(origin),
    })),
    route.websocket('/websocket-auth', { auth: bearer }, ({ identity }) => ({
      open: (peer) => void peer.send(identity.origin),
    })),
  ]),
  defineRoutes(
    '/before',
    { before: { inject: { origin }, run: ({ origin }) => new Response(origin) } },
    (route) => [route.get('', () => 'not called')],
  ),
]

// W3C Trace Context, section 3.2.
const id = '4bf92f3577b34da6a3ce929d0e0e4736'
const headers = { traceparent: `00-${id}-00f067aa0ba902b7-01`, authorization: 'Bearer token' }

describe.each(Object.entries(ways))('a service that needs the work it is a part of, by %s', (_way, open) => {
  test.each(['/handler', '/auth', '/auth-and-handler', '/option', '/before'])('in %s', async (path) => {
    const { send } = await open({ routes, modules: [module] })
    const { status, body } = await send(path, { headers })
    expect([status, String(body)]).toEqual([200, `${path}: GET ${path} ${id}`])
  })
})

test.each(['/websocket', '/websocket-auth'])(
  'a service that needs the work it is a part of, in %s',
  async (path) => {
    const { url } = await listening({ web: { routes }, modules: [module] })
    const socket = new WebSocket(url.replace('http', 'ws') + path, { headers } as never)
    const message = await new Promise((resolve, reject) => {
      socket.addEventListener('message', ({ data }) => resolve(String(data)))
      socket.addEventListener('error', reject)
    })
    socket.close()
    expect(message).toBe(`${path}: WS ${path} ${id}`)
  },
)
