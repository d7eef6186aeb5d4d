// The refusal of what has no response object: requests that are not valid HTTP, CONNECT, an unknown expectation.

import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { errors, HTTPException, PROBLEM_TYPE } from '../http/http-exception.ts'
import type { RefusedFields } from '../observation/access-log.ts'
import { freshRequestId, REQUEST_ID_HEADER } from '../request/request-id.ts'
import type { Connection, OpenExchange } from './connection.ts'

/** RefusalLog receives each refusal. */
export type RefusalLog = (refused: RefusedFields) => void

/** Refusal answers an invalid request on its bare socket, and ends the connection. */
export class Refusal {
  readonly #log: RefusalLog

  constructor(log: RefusalLog) {
    this.#log = log
  }

  /** Answers after the requests before it. */
  afterOthers(connection: Connection, exception: HTTPException, method: string | undefined): void {
    const { socket } = connection
    connection.closing = true
    const began = performance.now()
    connection.whenIdle(() => socket.end(this.#answer(exception, began, method), () => socket.destroySoon()))
  }

  /** Refuses what node's parser does not accept. The client gets an answer if none has begun. */
  ofError(error: NodeJS.ErrnoException, socket: Socket, connection: Connection | undefined): void {
    if (error.code === 'ECONNRESET' || !socket.writable || connection === undefined || connection.upgraded) {
      socket.destroy()
      return
    }
    const broken = connection.newestExchange
    const began = performance.now()
    const refuse = (exchange?: OpenExchange) => {
      if (!socket.writable) return
      const exception = exceptionOf(error)
      const answer = exchange ? answerFor(exchange, exception) : this.#answer(exception, began)
      socket.end(answer, () => socket.destroy())
    }
    if (broken?.complete) {
      // Bytes that are not HTTP behind valid requests: those are answered, then the connection closes.
      connection.closeAfterResponse(false)
      if (broken.begun) connection.whenIdle(() => refuse())
      else broken.closeAfterResponse()
    } else if (connection.openExchanges > 1 || broken?.begun) socket.destroy()
    else refuse(broken)
  }

  /** @param began - the time at which the request was found to be invalid, by `performance.now()` */
  #answer(exception: HTTPException, began: number, method?: string): string {
    const id = freshRequestId()
    const [answer, bytes] = rawProblem(exception, id)
    this.#log({ id, method, status: exception.status, ms: performance.now() - began, bytes })
    return answer
  }
}

/** The answer in the place of that of an exchange, whose own access line then tells of it. */
function answerFor(exchange: OpenExchange, exception: HTTPException): string {
  const [answer, bytes] = rawProblem(exception, exchange.id)
  exchange.refused(exception.status, bytes)
  return answer
}

/** The exception for an error of node's parser. */
function exceptionOf({ code }: NodeJS.ErrnoException): HTTPException {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new HTTPException(431, { detail: 'the request headers are too large' })
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return errors.contentTooLarge('the chunk extensions are too large')
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new HTTPException(408, { detail: 'the request took too long to arrive' })
    default:
      return errors.badRequest('the request is not valid HTTP')
  }
}

/** An exception as the bytes of a whole answer that closes its connection, with the length of its body. */
function rawProblem({ status, problem }: HTTPException, id: string): [answer: string, bytes: number] {
  const body = JSON.stringify({ ...problem, id })
  const bytes = Buffer.byteLength(body)
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${bytes}`,
    `${REQUEST_ID_HEADER}: ${id}`,
    'connection: close',
  ]
  return [`${head.join('\r\n')}\r\n\r\n${body}`, bytes]
}
