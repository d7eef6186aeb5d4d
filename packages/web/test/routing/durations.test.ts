// Times as durations with a unit, in every option that takes one.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { defineRoutes, mount, mountNode, proxy, type Routes } from '@myfy/web'
import { expect, onTestFinished, test } from 'vitest'
import { resolveLimits } from '../../src/node/limits.ts'
import { listening } from '../listening.ts'

/** Answers too late. */
const late = ({ signal }: { readonly signal: AbortSignal }) =>
  new Promise<Response>((resolve) => {
    signal.addEventListener('abort', () => resolve(new Response('late')))
  })

const slowServer = async () => {
  const server = createServer(() => {})
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Routes that do not answer, by the option with their time. */
const places: Readonly<Record<string, () => Routes | Promise<Routes>>> = {
  'a route': () => defineRoutes('/x', (route) => [route.get('/a', { timeout: '50ms' }, late)]),
  'a group': () => defineRoutes('/x', { timeout: '50ms' }, (route) => [route.get('/a', late)]),
  mount: () => mount('/x', late, { timeout: '50ms' }),
  mountNode: () => mountNode('/x', () => {}, { timeout: '50ms' }),
  proxy: async () => proxy('/x', await slowServer(), { timeout: '50ms' }),
}

test.each(Object.entries(places))('the timeout of %s is a duration', async (place, routes) => {
  const { url } = await listening({ web: { routes: [await routes()] } })
  expect((await fetch(`${url}/x/a`)).status).toBe(place === 'proxy' ? 504 : 503)
})

test('the timeout of the module is a duration', async () => {
  const routes = defineRoutes('/x', (route) => [route.get('/a', late)])
  const { url } = await listening({ web: { routes: [routes], timeout: '50ms' } })
  expect((await fetch(`${url}/x/a`)).status).toBe(503)
})

test('the times of a connection are durations', () => {
  const limits = resolveLimits({
    headersTimeout: '2s',
    requestTimeout: '1m',
    writeTimeout: '0.5s',
    keepAliveTimeout: '65s',
    pingInterval: '1h',
    idleTimeoutOnDrain: 250,
  })
  expect(limits).toMatchObject({
    headersTimeout: 2_000,
    requestTimeout: 60_000,
    writeTimeout: 500,
    keepAliveTimeout: 65_000,
    pingInterval: 3_600_000,
    idleTimeoutOnDrain: 250,
  })
})

test.each(['5', '5 minutes', '', '-1s', '1d'])(
  'the time %j is refused, or read as the start reads it',
  (time) => {
    const declare = () => defineRoutes('', (route) => [route.get('/', { timeout: time as never }, late)])
    // A number without a unit is in seconds, as in variables.
    if (time === '5') expect(declare).not.toThrow()
    else
      expect(declare).toThrow(
        `timeout is ${JSON.stringify(time)}. Set a number of ms, 0 or greater, or a text such as`,
      )
  },
)
