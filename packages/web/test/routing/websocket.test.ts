import { get } from 'node:http'
import { defineRoutes } from '@myfy/web'
import WebSocket from 'crossws/websocket'
import { describe, expect, test } from 'vitest'
import { assertHooks } from '../../src/routing/websocket.ts'
import { listening } from '../listening.ts'

/** Connects with subprotocols; resolves with the selected one, or with the reason why the client refuses. */
const connect = (url: string, protocols: string[]) =>
  new Promise<string>((resolve) => {
    const socket = new WebSocket(url.replace('http', 'ws'), protocols)
    socket.addEventListener('open', () => {
      resolve(socket.protocol)
      socket.close()
    })
    socket.addEventListener('error', (event) => resolve((event as Event & { message: string }).message))
  })

/** Sends a handshake and returns the subprotocol in its answer, or an empty string. */
const selectedBy = (url: string, protocols: string[]) =>
  new Promise<string>((resolve, reject) => {
    const handshake = get(url, {
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        ...(protocols.length > 0 && { 'sec-websocket-protocol': protocols.join(', ') }),
      },
    })
    handshake.on('error', reject).on('upgrade', (response, socket) => {
      resolve(response.headers['sec-websocket-protocol'] ?? '')
      socket.destroy()
    })
  })

describe('the subprotocol of a WebSocket', () => {
  // RFC 6455, 4.2.2: one of those that the client offers, or none. How a client then fails differs between clients.
  test.each<[supported: string[] | undefined, offered: string[], selected: string]>([
    [['graphql-transport-ws'], ['graphql-transport-ws'], 'graphql-transport-ws'],
    [['graphql-transport-ws', 'graphql-ws'], ['graphql-ws', 'graphql-transport-ws'], 'graphql-transport-ws'],
    [['mqtt'], ['mqttv3.1', 'mqtt'], 'mqtt'],
    [['v12.stomp'], [], ''],
    [undefined, [], ''],
    [['mqtt'], ['MQTT'], ''],
    [undefined, ['mqtt'], ''],
  ])('of a server with %j and a client with %j is %j', async (protocols, offered, selected) => {
    const routes = defineRoutes('', (route) => {
      route.websocket('/', protocols ? { protocols } : {}, () => ({}))
    })
    const { url } = await listening({ web: { routes: [routes] } })
    expect(await selectedBy(url, offered)).toBe(selected)
  })

  test('is selected with middleware and CORS around the route', async () => {
    const routes = defineRoutes('', { middleware: [(_, next) => next()] }, (route) => {
      route.websocket('/', { protocols: ['mqtt'] }, () => ({}))
    })
    const { url } = await listening({ web: { routes: [routes], cors: { origin: ['https://a.example'] } } })
    expect(await connect(url, ['mqtt'])).toBe('mqtt')
  })
})

test.each([[['a b']], [['']], ['mqtt'], [[1]], [['a,b']]])('protocols of %j are rejected', (protocols) => {
  expect(() =>
    defineRoutes('', (route) => void route.websocket('/', { protocols: protocols as never }, () => ({}))),
  ).toThrow(/Cannot (?:declare route|configure) WS \/: protocols/)
})

describe('the hooks of a WebSocket', () => {
  test.each([
    ['onMessage', 'message'],
    ['onOpen', 'open'],
    ['mesage', 'message'],
    ['Close', 'close'],
  ])('%s is refused, because it would never be called', (name, meant) => {
    expect(() => assertHooks({ [name]: () => {} })).toThrow(
      `Cannot use '${name}' of a WebSocket route: it is not a hook. Write ${meant}, or choose another name.`,
    )
  })

  test.each([
    [{ open() {}, message() {}, close() {}, error() {}, invalid() {} }],
    [{ user: 'ada', message() {}, greet() {} }],
    [{}],
    [undefined],
  ])('%o are accepted', (hooks) => assertHooks(hooks))
})
