// Answers for connections that have no response object.

import { STATUS_CODES } from 'node:http'
import { errors, HTTPException, PROBLEM_TYPE } from '../http/http-exception.ts'
import { REQUEST_ID_HEADER } from '../request/request-id.ts'

/** The exception for an error of node's parser. */
export function refusalOf({ code }: NodeJS.ErrnoException): HTTPException {
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
export function rawProblem({ status, problem }: HTTPException, id: string): [answer: string, bytes: number] {
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
