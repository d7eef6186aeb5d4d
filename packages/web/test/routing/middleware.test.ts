import { defineRoutes, errors, type Middleware } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { getCookie, setCookie } from 'h3'
import { describe, expect, test } from 'vitest'
import { listening } from '../listening.ts'

const hello = defineRoutes('/hello', (route) => {
  route.get('/', () => ({ hello: 'world' }))
  route.get('/boom', () => {
    throw new Error('x')
  })
})

describe('middleware', () => {
  test('runs in order around the handler, receives errors as responses, and can change them', async () => {
    const seen: string[] = []
    const recording =
      (name: string): Middleware =>
      (_context, next) => {
        seen.push(name)
        return next()
      }
    const routes = defineRoutes('/a', { middleware: [recording('group')] }, (route) => {
      route.get('/', { middleware: [recording('route')] }, () => 'a')
    })
    await using client = await createTestClient({
      routes: [routes],
      middleware: [
        async (context, next) => {
          seen.push(`module ${context.route}`)
          const response = await next()
          seen.push(String(response.status))
          response.headers.set('x-seen', 'yes')
          return response
        },
      ],
    })
    const response = await client.get('/a')
    expect([await response.text(), response.headers.get('x-seen')]).toEqual(['a', 'yes'])
    expect(seen).toEqual(['module /a', 'group', 'route', '200'])
    expect((await client.get('/nowhere')).headers.get('x-seen')).toBe('yes')
    expect(seen.slice(4)).toEqual(['module undefined', '404'])
  })

  test('ends the request when it does not call next', async () => {
    await using client = await createTestClient({
      routes: [hello],
      middleware: [() => errors.unauthorized('credentials required')],
    })
    expect((await client.get('/hello')).status).toBe(401)
    // A load balancer sends no credentials.
    expect((await client.get('/health/live')).status).toBe(200)
  })

  test('can use the functions of h3, whose headers become part of the response', async () => {
    const routes = defineRoutes('', (route) => {
      route.get('/', async ({ event }) => {
        const h3 = await event()
        setCookie(h3, 'seen', '1', { httpOnly: true })
        setCookie(h3, 'other', '2')
        return { before: getCookie(h3, 'seen') ?? 'never' }
      })
    })
    const { url } = await listening({ web: { routes: [routes] } })
    const response = await fetch(url, { headers: { cookie: 'seen=0' } })
    expect(await response.json()).toEqual({ before: '0' })
    expect(response.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^seen=1;.*HttpOnly/),
      expect.stringMatching(/^other=2/),
    ])
  })

  test('receives the decoded parameters of the route, apart from those of the handler', async () => {
    const seen: unknown[] = []
    const record: Middleware = (context, next) => {
      seen.push({ ...context.params })
      return next()
    }
    const routes = defineRoutes('/users/:id', (route) => {
      route.get('/', ({ params }) => params)
      route.get('/files/**:rest', { middleware: [record] }, ({ params }) => params)
    })
    await using client = await createTestClient({ routes: [routes], middleware: [record] })
    expect(await (await client.get('/users/a%2541')).json()).toEqual({ id: 'a%41' })
    expect(await (await client.get('/users/7/files/a/b%20c')).json()).toEqual({ id: '7', rest: 'a/b c' })
    await client.get('/nowhere')
    expect(seen).toEqual([{ id: 'a%41' }, { id: '7', rest: 'a/b c' }, { id: '7', rest: 'a/b c' }, {}])
    expect((await client.get('/users/%ff')).status).toBe(400)
  })
})
