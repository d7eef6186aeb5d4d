// Clients that notice everything: written on bare sockets, so that no agent hides a reset behind a retry.

import { connect, type Socket } from 'node:net'

/** What happened to all clients of one run. */
export class Tally {
  /** Requests that were sent, and those that were answered below 500. */
  sent = 0
  answered = 0
  /** What must not happen: a request that was sent and not answered well. */
  readonly lost: string[] = []
  /** Connections that ended while idle, without `Connection: close` before. */
  idleCut = 0
  /** Connections that were told to close. */
  told = 0
  lastAnswer = 0
}

export interface ClientOptions {
  readonly port: number
  readonly tally: Tally
  readonly path: string
  /** Requests that are sent at once. Default: 1. */
  readonly depth?: number
  /** How long it rests after the answers, in ms. Default: 0. */
  readonly pause?: number
  /** It ends after the first answers. */
  readonly once?: boolean
  /** Sends `Connection: close`, so that each request has a connection of its own. */
  readonly fresh?: boolean
  /** Opens a connection. Default: a TCP connection to the port. */
  readonly open?: () => Socket
}

/** Sends and waits, again and again, until the server no longer accepts. Resolves when it has ended. */
export async function client(options: ClientOptions): Promise<void> {
  while (await connection(options)) {
    // Told to close: like any client it comes back on another connection.
  }
}

/** One connection; resolves to whether another is worth trying. */
function connection({
  port,
  tally,
  path,
  depth = 1,
  pause = 0,
  once = false,
  fresh = false,
  open = () => connect(port, '127.0.0.1'),
}: ClientOptions): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = open()
    let connected = false
    let pending = 0
    let closing = false
    let text = ''
    let timer: NodeJS.Timeout | undefined
    const send = () => {
      pending = depth
      tally.sent += depth
      const close = fresh ? 'Connection: close\r\n' : ''
      socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n${close}\r\n`.repeat(depth))
    }
    let over = false
    const end = (again: boolean) => {
      over = true
      clearTimeout(timer)
      socket.destroy()
      resolve(again)
    }
    socket.setNoDelay(true)
    socket.on('encrypted' in socket ? 'secureConnect' : 'connect', () => {
      connected = true
      send()
    })
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      for (let answer = take(text); answer; answer = take(text)) {
        text = answer.rest
        pending--
        tally.lastAnswer = performance.now()
        if (answer.status >= 500) tally.lost.push(`status ${answer.status}`)
        else tally.answered++
        if (answer.close) {
          closing = true
          tally.told++
        }
      }
      if (over || pending > 0) return
      if (closing) return end(true)
      if (once) return
      if (pause > 0) timer = setTimeout(send, pause)
      else send()
    })
    const ended = (why: string) => {
      if (over) return
      if (closing && pending === 0) return end(true)
      // Refused: the server has stopped accepting, which is its right.
      if (!connected && why.includes('ECONNREFUSED')) return end(false)
      if (pending > 0 || !connected)
        tally.lost.push(`${path} ${why} with ${pending} pending${closing ? ' after close' : ''}`)
      else if (!once) tally.idleCut++
      end(false)
    }
    socket.on('error', (error) => ended(String(error)))
    socket.on('close', () => ended('closed'))
  })
}

function take(text: string): { status: number; close: boolean; rest: string } | undefined {
  const head = text.indexOf('\r\n\r\n')
  if (head < 0) return undefined
  const length = Number(/content-length: (\d+)/i.exec(text.slice(0, head))?.[1] ?? 0)
  if (text.length < head + 4 + length) return undefined
  return {
    status: Number(text.slice(9, 12)),
    close: /\r\nconnection: close/i.test(text.slice(0, head)),
    rest: text.slice(head + 4 + length),
  }
}

/** A connection that never sends. Resolves when it is open. */
export function idle(port: number): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket)).on('error', () => {})
  })
}

/** Reads a stream; `text` has what came, `ended` tells how it ended. */
export async function reader(port: number, path: string) {
  const socket = await idle(port)
  const state = { text: '' }
  const ended = new Promise<'in order' | 'cut'>((resolve) => {
    socket.on('data', (chunk) => {
      state.text += chunk.toString()
    })
    socket.on('close', () => resolve(state.text.endsWith('\r\n0\r\n\r\n') ? 'in order' : 'cut'))
  })
  socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)
  await new Promise((resolve) => socket.once('data', resolve))
  return { state, ended, socket }
}
