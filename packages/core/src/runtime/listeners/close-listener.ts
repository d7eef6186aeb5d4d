// The close of a listening socket that resets no connection.
//
// Closing a socket resets what waits in its queue, and a connection may enter the queue between the last look at it and
// the close. So the queue is made to hold a single connection, and that one is ours: once it is established, the queue
// holds nothing else and can take nothing else. A client that connects from then on gets no answer to its first packet,
// sends it again, and is refused.

import type { Server, Socket } from 'node:net'

/** The handle of a listening server, as libuv has it. */
interface ListeningHandle {
  /** The descriptor; absent where another process owns the socket. */
  readonly fd?: number
  /** Sets the length of the queue, also while listening. */
  listen(backlog: number): number
  /** Tells whether this process alone holds the socket, if a supervisor has sent it. */
  readonly owned?: boolean
  /** Resolves when another process, which accepts, has sent every connection that it accepted. */
  emptied?(): Promise<void>
}

/** The options of {@link closeListener}. */
export interface CloseListenerOptions {
  /** The time in which accepted connections may continue to arrive, in ms. Default: 5,000. */
  readonly maxIntake?: number
  /** True if other processes hold the socket as well: its queue belongs to them. Default: false. */
  readonly shared?: boolean
  /** Ends the intake when it aborts. */
  readonly signal?: AbortSignal | undefined
  /** Closes the server. Default: `server.close()`. */
  readonly close?: () => void
}

/**
 * Closes a server when the kernel holds no connection for it. Connections are accepted until then.
 *
 * @param accepted - returns the number of connections that were accepted so far
 */
export async function closeListener(
  server: Server,
  accepted: () => number,
  { maxIntake = 5_000, shared = false, signal, close = () => server.close() }: CloseListenerOptions = {},
): Promise<void> {
  // node:net has no public way to close the queue of connections and keep those that are in it.
  const handle = (server as unknown as { _handle?: ListeningHandle })._handle
  // The other processes may close theirs meanwhile: then the queue belongs to this one.
  const isOwner = () => (handle?.owned ?? !shared) && handle?.fd !== undefined && handle.fd >= 0
  let limited = false
  const limitQueue = () => {
    if (limited || !isOwner()) return
    limited = true
    handle?.listen(0)
  }
  limitQueue()
  const until = performance.now() + maxIntake
  const isLate = () => signal?.aborted === true || performance.now() >= until
  if (handle?.emptied !== undefined) await within(maxIntake, handle.emptied(), signal)
  for (let quiet = 1; ; quiet++) {
    const seen = accepted()
    // Node.js accepts one connection a turn of the event loop.
    await new Promise<void>((resolve) => setImmediate(resolve))
    limitQueue()
    if (accepted() !== seen && !isLate()) {
      quiet = 0
      continue
    }
    const own = limited ? await occupyQueue(server) : undefined
    const occupied = own === undefined ? quiet >= QUIET_TURNS : isConnected(own)
    const closing = occupied || isLate()
    if (closing) close()
    own?.destroy()
    if (closing) return
  }
}

/**
 * The turns without a connection after which a queue counts as empty that cannot be occupied: of a Unix socket, or of one
 * that other processes hold. The first may end before the event loop has looked at the socket.
 */
const QUIET_TURNS = 3

/** Resolves with the promise, after `ms`, or when the signal aborts. */
async function within(ms: number, promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  let resolveLate = () => {}
  const late = new Promise<void>((resolve) => {
    resolveLate = resolve
    timer = setTimeout(resolve, ms)
    if (signal?.aborted) resolve()
    else signal?.addEventListener('abort', resolveLate, { once: true })
  })
  await Promise.race([promise, late])
  clearTimeout(timer)
  signal?.removeEventListener('abort', resolveLate)
}

/** Connects to a TCP server of this machine. Resolves before the event loop can accept the connection. */
async function occupyQueue(server: Server): Promise<Socket | undefined> {
  const address = server.address()
  if (address === null || typeof address === 'string') return undefined
  const { port, family } = address
  const host = { '0.0.0.0': '127.0.0.1', '::': '::1' }[address.address] ?? address.address
  const { connect } = process.getBuiltinModule('node:net')
  const socket = connect({ port, host, family: family === 'IPv6' ? 6 : 4 })
  socket.on('error', () => {})
  // `connect` itself happens in the next tick. On this machine it succeeds at once, or the queue is full.
  await new Promise<void>((resolve) => process.nextTick(resolve))
  return socket
}

function isConnected(socket: Socket): boolean {
  // `connecting` is true until the next turn, in which the kernel may accept more: the handle knows now.
  const handle = (socket as unknown as { _handle?: { getpeername(out: object): number } | null })._handle
  return handle?.getpeername({}) === 0
}
