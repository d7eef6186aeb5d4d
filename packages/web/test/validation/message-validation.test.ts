// The messages of a WebSocket, checked by a schema, and the pings that find a dead client.

import { connect } from 'node:net'
import { defineRoutes, type HTTPException, type WebSocketMessage } from '@myfy/web'
import WebSocket from 'crossws/websocket'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { deferred, listening } from '../listening.ts'

const Command = z.discriminatedUnion('type', [
  z.object({ type: z.literal('say'), text: z.string().max(10) }),
  z.object({ type: z.literal('add'), n: z.coerce.number() }),
])

/** Connects, sends the messages, and resolves with what it receives until the connection closes. */
async function talk(url: string, messages: string[]): Promise<{ received: string[]; code: number }> {
  const socket = new WebSocket(url.replace('http', 'ws'))
  const received: string[] = []
  const closed = new Promise<number>((resolve) =>
    socket.addEventListener('close', (event) => resolve((event as Event & { code: number }).code)),
  )
  socket.addEventListener('open', () => {
    for (const message of messages) socket.send(message)
  })
  socket.addEventListener('message', (event) => {
    received.push(String(event.data))
    if (received.length === messages.length) socket.close(1000)
  })
  return { code: await closed, received }
}

describe('messages with a schema', () => {
  test('reach the hook as the output of the schema, in their order', async () => {
    const slow = Command.refine(async () => true)
    const routes = defineRoutes('', (route) => {
      route.websocket('/sync', { message: Command }, () => ({
        message(peer, data, message) {
          expectTypeOf(data).toEqualTypeOf<z.infer<typeof Command>>()
          expectTypeOf(message).toEqualTypeOf<WebSocketMessage>()
          peer.send(data.type === 'say' ? data.text : String(data.n + 1))
        },
      }))
      route.websocket('/async', { message: slow }, () => ({
        message: (peer, data) => void peer.send(data.type === 'say' ? data.text : String(data.n + 1)),
        invalid: (peer) => void peer.send('invalid'),
      }))
    })
    const { url } = await listening({ web: { routes: [routes] } })
    const say = (text: string) => JSON.stringify({ type: 'say', text })
    const sync = await talk(`${url}/sync`, [say('a'), JSON.stringify({ type: 'add', n: '1' }), say('b')])
    expect(sync).toEqual({ received: ['a', '2', 'b'], code: 1000 })
    const mixed = await talk(`${url}/async`, [say('a'), '{', say('b'), say('much too long')])
    expect(mixed.received).toEqual(['a', 'invalid', 'b', 'invalid'])
  })

  test.each(['{', '{"type":"other"}', '{"type":"say","text":1}', ''])(
    'that are %j close with 1008',
    async (text) => {
      const seen: unknown[] = []
      const routes = defineRoutes('', (route) => {
        route.websocket('/', { message: Command }, () => ({ message: (_peer, data) => void seen.push(data) }))
      })
      const { url } = await listening({ web: { routes: [routes] } })
      expect((await talk(url, [text])).code).toBe(1008)
      expect(seen).toEqual([])
    },
  )

  test('that are not valid reach the hook `invalid`, without the values that were sent', async () => {
    class Chat {
      readonly name = 'chat'
      invalid(peer: { send(text: string): unknown }, error: HTTPException) {
        peer.send(`${this.name} ${JSON.stringify(error.problem)}`)
      }
    }
    const routes = defineRoutes('', (route) => {
      route.websocket('/', { message: Command }, () => new Chat())
    })
    const { url } = await listening({ web: { routes: [routes] } })
    const { received } = await talk(url, ['{"type":"say","text":["hunter2"]}'])
    expect(received[0]).toMatch(/^chat \{.*"status":422.*"in":"message","path":"text"/)
    expect(received[0]).not.toContain('hunter2')
  })

  test('have to be a Standard Schema', () => {
    const define = () =>
      defineRoutes('', (route) => void route.websocket('/', { message: {} as never }, () => ({})))
    expect(define).toThrow(/Cannot declare route WS \/: message is not a Standard Schema/)
  })
})

describe('a client that does not answer pings', () => {
  test('is cut, and its close hook runs; one that answers stays', async () => {
    const closed = deferred<number | undefined>()
    const routes = defineRoutes('', (route) => {
      route.websocket('/dead', () => ({ close: (_peer, { code }) => closed.resolve(code) }))
      route.websocket('/', () => ({ message: (peer, message) => void peer.send(message.text()) }))
    })
    const { url, port } = await listening({
      web: { routes: [routes] },
      transport: { limits: { pingInterval: 500 } },
    })
    const alive = new WebSocket(url.replace('http', 'ws'))
    await new Promise((resolve) => alive.addEventListener('open', resolve))
    // A socket that reads everything, and answers nothing.
    const dead = connect(port, '127.0.0.1').resume()
    dead.write(
      'GET /dead HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    )
    expect(await closed.promise).toBe(1006)
    const answer = new Promise((resolve) =>
      alive.addEventListener('message', (event) => resolve(event.data), { once: true }),
    )
    alive.send('still here')
    expect(await answer).toBe('still here')
    alive.close()
  })
})
