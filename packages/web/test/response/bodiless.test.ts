// Answers whose status says that there is no content (RFC 9110, 15.3.5 and 15.3.6).

import { consoleLogger } from '@myfy/core'
import { defineRoutes, reply } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { describe, expect, test } from 'vitest'

const values = {
  'an object': { id: 1 },
  'a text': 'text',
  'a number': 7,
  bytes: new Uint8Array([1]),
  'a Blob': new Blob(['text']),
}
const ways = {
  'the status of the route': (status: number, value: unknown) =>
    defineRoutes('', (route) => [route.get('/x', { status }, () => value)]),
  reply: (status: number, value: unknown) =>
    defineRoutes('', (route) => [route.get('/x', () => reply(status, value))]),
  'the status of the event': (status: number, value: unknown) =>
    defineRoutes('', (route) => [
      route.get('/x', async ({ event }) => {
        const { res } = await event()
        res.status = status
        return value
      }),
    ]),
}

describe.each(Object.entries(ways))('%s', (_way, routes) => {
  describe.each([204, 205])('%i', (status) => {
    const get = async (value: unknown) => {
      const lines: string[] = []
      const logger = consoleLogger({ json: true, write: (line) => void lines.push(line) })
      await using client = await createTestClient({ routes: [routes(status, value)], logger })
      const answer = await client.get('/x')
      return { status: answer.status, log: lines.join() }
    }

    test.each(Object.entries(values))('with %s is a 500, and the log says why', async (_what, value) => {
      const answer = await get(value)
      expect(answer.status).toBe(500)
      expect(answer.log).toContain(`an answer with the status ${status} has no body`)
      expect(answer.log).toContain('GET /x')
    })

    test.each([[undefined], [null], [''], [new Response(null, { status })]])(
      'with %s is sent',
      async (value) => {
        expect((await get(value)).status).toBe(status)
      },
    )
  })
})

// RFC 9110, 15.4.5: the client has the content. h3's `handleCacheHeaders` sets this status, and its result may be ignored.
test('a 304 leaves out the value of the handler', async () => {
  await using client = await createTestClient({ routes: [ways['the status of the event'](304, { id: 1 })] })
  const answer = await client.get('/x')
  expect([answer.status, await answer.text()]).toEqual([304, ''])
})
