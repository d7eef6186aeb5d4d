// Rooms: topics of crossws, which the peers of one path subscribe to.

import { fileURLToPath } from 'node:url'
import { defineAuth, defineRoutes } from '@myfy/web'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { listening } from '../listening.ts'
import { RawWebSocket } from '../raw-websocket.ts'

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url))
const tls = { key: fixture('a.key'), cert: fixture('a.crt') }

const member = defineAuth({
  scheme: 'apiKey',
  header: 'x-member',
  authenticate: ({ key }) => ({ name: key }),
})
const Command = z.discriminatedUnion('do', [
  z.object({ do: z.literal('join'), room: z.string() }),
  z.object({ do: z.literal('leave'), room: z.string() }),
  z.object({ do: z.literal('say'), room: z.string(), text: z.string() }),
])
const routes = defineRoutes('/chat', { auth: member }, (route) => [
  route.websocket('/:place', { message: Command }, ({ identity }) => ({
    open: (peer) => void peer.send('ready'),
    message(peer, command) {
      if (command.do === 'join') peer.subscribe(command.room)
      else if (command.do === 'leave') peer.unsubscribe(command.room)
      else peer.publish(command.room, `${identity.name}: ${command.text}`)
      peer.send(`${command.do} ${command.room}`)
    },
  })),
])

describe.each([
  ['HTTP', {}],
  ['TLS beside HTTP/2', { tls }],
])('over %s', (_, transport) => {
  test('a message reaches the other peers of the path that have joined its room, until they leave it', async () => {
    const server = await listening({ web: { routes: [routes], cors: {} }, transport })
    const enter = async (name: string, place = 'a') => {
      const socket = await RawWebSocket.open(`${server.url}/chat/${place}`, { 'x-member': name })
      expect(await socket.next()).toBe('ready')
      const command = async (verb: string, room: string, text?: string) => {
        socket.send(JSON.stringify({ do: verb, room, text }))
        expect(await socket.next()).toBe(`${verb} ${room}`)
      }
      return { socket, command }
    }
    const [ada, bob, eve, other] = [
      await enter('ada'),
      await enter('bob'),
      await enter('eve'),
      await enter('oz', 'b'),
    ]
    for (const one of [ada, bob, other]) await one.command('join', 'tea')
    await eve.command('join', 'coffee')
    await ada.command('say', 'tea', 'milk?')
    expect(await bob.socket.next()).toBe('ada: milk?')
    // Neither the peer of another room nor that of another path has received it: their next message is the answer.
    await eve.command('say', 'coffee', 'black')
    await other.command('say', 'tea', 'lemon')
    await bob.command('leave', 'tea')
    await ada.command('say', 'tea', 'sugar?')
    await bob.command('join', 'tea')
    await ada.command('say', 'tea', 'again?')
    expect(await bob.socket.next()).toBe('ada: again?')
    const draining = server.drain()
    for (const { socket } of [ada, bob, eve, other]) expect(await socket.next()).toBe(1001)
    await draining
    await server.app.inFlight.whenIdle()
  })
})
