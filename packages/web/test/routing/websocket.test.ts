import { defineRoutes } from '@myfy/web'
import WebSocket from 'crossws/websocket'
import { describe, expect, test } from 'vitest'
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

describe('the subprotocol of a WebSocket', () => {
  // RFC 6455, 4.2.2: one of those that the client offers, or none; RFC 6455, 4.1: the client then fails.
  test.each<[supported: string[] | undefined, offered: string[], selected: string]>([
    [['graphql-transport-ws'], ['graphql-transport-ws'], 'graphql-transport-ws'],
    [['graphql-transport-ws', 'graphql-ws'], ['graphql-ws', 'graphql-transport-ws'], 'graphql-transport-ws'],
    [['mqtt'], ['mqttv3.1', 'mqtt'], 'mqtt'],
    [['v12.stomp'], [], ''],
    [undefined, [], ''],
    [['mqtt'], ['MQTT'], 'Server sent no subprotocol'],
    [undefined, ['mqtt'], 'Server sent no subprotocol'],
  ])('of a server with %j and a client with %j is %j', async (protocols, offered, selected) => {
    const routes = defineRoutes('', (route) => {
      route.websocket('/', protocols ? { protocols } : {}, () => ({}))
    })
    const { url } = await listening({ web: { routes: [routes] } })
    expect(await connect(url, offered)).toBe(selected)
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
  ).toThrow(/Cannot (?:declare route|configure) GET \/: protocols/)
})
