// A handler of node:http for a request without a socket: node:http itself over a connection in memory.

import { createServer, request as sendRequest } from 'node:http'
import { duplexPair } from 'node:stream'
import { errors } from '../http/http-exception.ts'
import { callNodeHandler, type NodeAnswer } from '../response/node-handler.ts'
import type { Reply } from '../response/reply.ts'

/** The request that a handler answers. */
export interface LoopbackRequest {
  readonly method: string
  readonly bodyLimit: number
  /** The time until the head of the answer, in ms; 0 for none. */
  readonly timeout: number
  /** Aborts when the client has left. */
  readonly signal: AbortSignal
  /** The address of the client, for the handler. */
  readonly ip?: string | undefined
  /** The whole body; undefined if there is none. */
  readonly body: Uint8Array | undefined
  headerPairs(): Iterable<readonly [name: string, value: string]>
  /** The answer to an error of the handler. */
  errorReply(error: unknown): Promise<Reply>
}

/** Returns the answer of a handler. `headers` are those that it may override. */
export function answerThroughNode(
  answer: NodeAnswer,
  request: LoopbackRequest,
  headers: readonly string[],
): Promise<Reply> {
  const [client, serverSide] = duplexPair()
  if (request.ip !== undefined) Object.assign(serverSide, { remoteAddress: request.ip })
  return new Promise((resolve, reject) => {
    const { method, bodyLimit, timeout, signal } = request
    const close = () => {
      clearTimeout(timer)
      client.destroy()
      serverSide.destroy()
    }
    const refuse = (error: unknown) => {
      resolve(request.errorReply(error))
      close()
    }
    const late = () => refuse(errors.serviceUnavailable('the request took too long'))
    const timer = timeout > 0 ? setTimeout(late, timeout) : undefined
    // The response of the application closes, as over a socket.
    signal.addEventListener('abort', close, { once: true })
    if (signal.aborted) close()
    createServer({ requireHostHeader: false }, (incoming, response) =>
      callNodeHandler(answer, incoming, response, { headers, bodyLimit, refuse }),
    ).emit('connection', serverSide)
    const sent = sendRequest({
      method,
      path: answer.target,
      headers: Object.fromEntries(request.headerPairs()),
      createConnection: () => client as never,
    })
    sent.on('response', (response) => {
      clearTimeout(timer)
      const { statusCode = 500, rawHeaders } = response
      const hasBody = method !== 'HEAD' && statusCode !== 204 && statusCode !== 304
      resolve({ status: statusCode, headers: rawHeaders, body: hasBody ? response : null })
    })
    sent.on('error', reject)
    sent.end(request.body)
  })
}
