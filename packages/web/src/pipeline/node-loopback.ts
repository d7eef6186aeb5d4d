// A handler of node:http for a request without a socket: node:http itself over a connection in memory.

import { createServer, request as sendRequest } from 'node:http'
import { duplexPair } from 'node:stream'
import { callNodeHandler, type NodeAnswer } from '../response/node-handler.ts'
import type { Reply } from '../response/reply.ts'

/** The request that a handler answers. */
export interface LoopbackRequest {
  readonly method: string
  readonly bodyLimit: number
  /** The whole body; undefined if there is none. */
  readonly body: Uint8Array | undefined
  headerPairs(): Iterable<readonly [name: string, value: string]>
  /** The answer to an error of the handler. */
  errorReply(error: unknown): Promise<Reply>
}

/** Returns the answer of a handler. `headers` are those that it may override. */
export async function answerThroughNode(
  answer: NodeAnswer,
  request: LoopbackRequest,
  headers: readonly string[],
): Promise<Reply> {
  const [client, serverSide] = duplexPair()
  let refusal: Promise<Reply> | undefined
  const server = createServer({ requireHostHeader: false }, (incoming, response) => {
    const refuse = (error: unknown) => {
      refusal = request.errorReply(error)
      client.destroy(new Error('refused'))
      serverSide.destroy()
    }
    callNodeHandler(answer, incoming, response, { headers, bodyLimit: request.bodyLimit, refuse })
  })
  server.emit('connection', serverSide)
  const sent = sendRequest({
    method: request.method,
    path: answer.target,
    headers: Object.fromEntries(request.headerPairs()),
    createConnection: () => client as never,
  })
  const answered = new Promise<Reply>((resolve, reject) => {
    sent.on('response', (response) => {
      const { statusCode = 500, rawHeaders } = response
      const hasBody = request.method !== 'HEAD' && statusCode !== 204 && statusCode !== 304
      resolve({ status: statusCode, headers: rawHeaders, body: hasBody ? response : null })
    })
    sent.on('error', reject)
  })
  sent.end(request.body)
  try {
    return await answered
  } catch (error) {
    if (refusal) return refusal
    throw error
  }
}
