// Answers for connections that have no response object.

import { STATUS_CODES } from 'node:http'
import { errors, HTTPException, PROBLEM_TYPE } from '../http/http-exception.ts'

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

/** An exception as the bytes of a whole answer that closes its connection. */
export function rawProblem({ status, problem }: HTTPException): string {
  const body = JSON.stringify(problem)
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}\r\ncontent-type: ${PROBLEM_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`
}
