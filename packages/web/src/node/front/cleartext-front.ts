// HTTP/2 without TLS beside HTTP/1.1, for proxies that know it in advance (RFC 9113, section 3.3).

import { createServer, type Socket } from 'node:net'
import type { Front, FrontOwner } from './front.ts'

/** The first bytes of an HTTP/2 connection (RFC 9113, section 3.4). No method of HTTP/1.1 begins like this. */
const PREFACE = Buffer.from('PRI * HTTP/2.0')

/** Creates a front that tells HTTP/2 and HTTP/1.1 apart by their first bytes. */
export function createCleartextFront(owner: FrontOwner, timeout: number): Front {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
    recognize(socket, owner, timeout),
  )
  return { server, secure: false, http2: true, close() {} }
}

function recognize(socket: Socket, owner: FrontOwner, timeout: number): void {
  let received = Buffer.alloc(0)
  const timer = setTimeout(() => socket.destroy(), timeout)
  const stop = () => {
    clearTimeout(timer)
    socket.off('data', onData).off('end', onEnd).off('error', onError).off('close', stop)
  }
  const pass = (to: (socket: Socket) => void) => {
    stop()
    socket.pause()
    socket.unshift(received)
    to(socket)
  }
  const http1 = (one: Socket) => {
    owner.http1(one)
    // node:http listens for data; node:http2 reads the buffered bytes itself, and would lose those that flow.
    one.resume()
  }
  const onData = (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    const length = Math.min(received.length, PREFACE.length)
    if (!received.subarray(0, length).equals(PREFACE.subarray(0, length))) pass(http1)
    else if (length === PREFACE.length) pass((one) => owner.http2(one))
  }
  const onEnd = () => socket.destroy()
  const onError = () => {}
  socket.on('data', onData).on('end', onEnd).on('error', onError).on('close', stop)
}
