// A handler of node:http for a request that does not come by HTTP/1.1: node:http itself over a connection in memory.

import { type ClientRequest, createServer, request as sendRequest } from 'node:http'
import { duplexPair, pipeline, Readable } from 'node:stream'
import { errors } from '../http/http-exception.ts'
import { callNodeHandler, type NodeAnswer, timerFor } from '../response/node-handler.ts'
import type { Reply } from '../response/reply.ts'

/** The connection of a request, as the socket of the handler shows it. */
export interface PeerConnection {
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
  readonly remoteFamily?: string | undefined
  readonly localAddress?: string | undefined
  readonly localPort?: number | undefined
  /** True under TLS. */
  readonly encrypted?: boolean
}

/** The request that a handler answers. */
export interface LoopbackRequest {
  readonly method: string
  readonly bodyLimit: number
  /** The time until the head of the answer, in ms; 0 for none. */
  readonly timeout: number
  /** Aborts when the client has left. */
  readonly signal: AbortSignal
  readonly hasBody: boolean
  /** The body piece by piece, within its limit. */
  readonly pieces: AsyncIterable<Uint8Array>
  /** True while more of the body is awaited. */
  readonly bodyPending: boolean
  headerPairs(): Iterable<readonly [name: string, value: string]>
  /** Calls back when the request has ended. */
  onEnd(listener: () => void): void
}

/** The parts that a handler receives with a request. */
export interface LoopbackOptions {
  /** The headers that the handler may override, names and values. */
  readonly headers: readonly string[]
  readonly peer: PeerConnection
  /** The host of the request, if no header names it. */
  readonly host: string
  /** The answer to an error of the handler. */
  errorReply(error: unknown): Promise<Reply>
}

/** Returns the answer of a handler. It receives the body while it arrives. */
export function answerThroughNode(
  answer: NodeAnswer,
  request: LoopbackRequest,
  { headers, peer, host, errorReply }: LoopbackOptions,
): Promise<Reply> {
  const [client, serverSide] = duplexPair()
  Object.assign(serverSide, peer)
  return new Promise((resolve, reject) => {
    const { method, bodyLimit, timeout, signal } = request
    const close = () => {
      clearInterval(timer)
      client.destroy()
      serverSide.destroy()
    }
    const refuse = (error: unknown) => {
      resolve(errorReply(error))
      close()
    }
    const timer = timerFor(timeout, () => {
      if (!request.bodyPending) refuse(errors.serviceUnavailable('the request took too long'))
    })
    // The response of the application closes, as over a socket.
    signal.addEventListener('abort', close, { once: true })
    request.onEnd(close)
    if (signal.aborted) close()
    createServer({ requireHostHeader: false }, (incoming, response) =>
      callNodeHandler(answer, incoming, response, { headers, bodyLimit, refuse }),
    ).emit('connection', serverSide)
    const sent = sendRequest({
      method,
      path: answer.target,
      headers: headersOf(request, host),
      createConnection: () => client as never,
    })
    sent.on('response', (response) => {
      clearInterval(timer)
      const { statusCode = 500, rawHeaders } = response
      const hasBody = method !== 'HEAD' && statusCode !== 204 && statusCode !== 304
      resolve({ status: statusCode, headers: rawHeaders, body: hasBody ? response : null })
    })
    sent.on('error', reject)
    sendBody(request, sent, refuse)
  })
}

/** Passes the body on while it arrives. */
function sendBody(
  { hasBody, pieces }: LoopbackRequest,
  sent: ClientRequest,
  refuse: (error: unknown) => void,
): void {
  if (!hasBody) return void sent.end()
  const body = Readable.from(pieces, { objectMode: false })
  // Too large, or the client has left. An error of the connection is one of the request, which reports it.
  body.on('error', refuse)
  pipeline(body, sent, () => {})
}

/** The headers of a request. Those of one name stay separate, except for cookies (RFC 9113, section 8.2.3). */
function headersOf(request: LoopbackRequest, host: string): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = Object.create(null)
  for (const [given, value] of request.headerPairs()) {
    const name = given.toLowerCase()
    const known = headers[name]
    if (known === undefined) headers[name] = value
    else if (name === 'cookie') headers[name] = `${known}; ${value}`
    else headers[name] = [known, value].flat()
  }
  headers.host ??= host
  // node:http frames the body of some methods only if a header says how.
  if (request.hasBody && headers['content-length'] === undefined) headers['transfer-encoding'] = 'chunked'
  return headers
}
