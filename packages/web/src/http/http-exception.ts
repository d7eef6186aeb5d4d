// Errors for the client: problem details of RFC 9457, and the exception that carries them.

import { STATUS_CODES } from 'node:http'
import { WebError } from '../errors.ts'

/** The media type of an error body. */
export const PROBLEM_TYPE = 'application/problem+json'

/** The body of an error as defined by RFC 9457, with any extension members. */
export interface ProblemDetails {
  /** A URI that identifies the problem type. Default: `about:blank`, for problems that the status describes fully. */
  readonly type: string
  /** A summary of the problem type, the same for every occurrence. */
  readonly title: string
  /** The status code of the response. */
  readonly status: number
  /** An explanation of this occurrence. */
  readonly detail?: string
  /** Extension members. */
  readonly [member: string]: unknown
}

/** Options of an {@link HTTPException}. Other members become extension members of the body. */
export interface HTTPExceptionOptions {
  /** An explanation of this occurrence. It is sent to the client and must not contain secrets. */
  readonly detail?: string
  /** A URI that identifies the problem type. Default: `about:blank`. */
  readonly type?: string
  /** A summary of the problem type. Default: the reason phrase of the status. */
  readonly title?: string
  /** Headers of the response, for example `retry-after`. */
  readonly headers?: Readonly<Record<string, string>>
  /** The error that caused this one. It is logged and never sent to the client. */
  readonly cause?: unknown
  /** Extension members. */
  readonly [member: string]: unknown
}

/**
 * An error for the client. A handler throws or returns it; in both cases the request has failed and its services roll
 * back. (A returned `Response` of any status is a success, and its services commit.)
 *
 * @example
 * ```ts
 * import { HTTPException } from '@myfy/web'
 *
 * throw new HTTPException(409, { detail: 'the name is taken', type: 'https://example.com/taken', field: 'name' })
 * ```
 */
export class HTTPException extends Error {
  /** Always `HTTPException`. */
  override readonly name = 'HTTPException'
  /** The status code, 400 to 599. */
  readonly status: number
  /** The body of the response. */
  readonly problem: ProblemDetails
  /** Headers of the response. */
  readonly headers: Readonly<Record<string, string>>

  /**
   * @param status - 400 to 599
   * @throws WebError with code `MYFY_STATUS_INVALID` if the status is not an error status
   */
  constructor(status: number, options: HTTPExceptionOptions = {}) {
    const { detail, type, title, headers, cause, ...members } = options
    const heading = title ?? STATUS_CODES[status] ?? 'Error'
    super(detail ?? heading, { cause })
    if (!Number.isInteger(status) || status < 400 || status > 599) {
      throw new WebError(
        'MYFY_STATUS_INVALID',
        `Cannot create an HTTPException: ${status} is not an error status. Use 400 to 599, or return a Response.`,
      )
    }
    this.status = status
    this.headers = headers ?? {}
    this.problem = {
      type: type ?? 'about:blank',
      title: heading,
      status,
      ...(detail === undefined ? {} : { detail }),
      ...members,
    }
  }
}

/** Returns the exception for the client: an HTTPException itself, or the counterpart of h3's `HTTPError`. */
export function toHTTPException(error: unknown): HTTPException | undefined {
  if (error instanceof HTTPException) return error
  if (!(error instanceof Error) || error.name !== 'HTTPError') return undefined
  const { status, unhandled, message, headers } = error as Error & {
    status?: number
    unhandled?: boolean
    headers?: Headers
  }
  if (unhandled || status === undefined || !(status >= 400 && status <= 599)) return undefined
  // The default message of an HTTPError is `HTTPError 404`.
  const detail = message.startsWith('HTTPError') ? undefined : message
  return new HTTPException(status, { detail, headers: Object.fromEntries(headers ?? []), cause: error })
}

/** Creates an {@link HTTPException} of one status. */
export type NamedError = (detail?: string, members?: Omit<HTTPExceptionOptions, 'detail'>) => HTTPException

const named =
  (status: number): NamedError =>
  (detail, members) =>
    new HTTPException(status, { ...members, detail })

/**
 * The common errors by name: `errors.notFound('no such user', { userId })`. Each function creates an
 * {@link HTTPException} to throw or to return.
 */
export const errors: {
  /** 400 */
  readonly badRequest: NamedError
  /** 401. Pass the challenge as `headers: { 'www-authenticate': … }`. */
  readonly unauthorized: NamedError
  /** 403 */
  readonly forbidden: NamedError
  /** 404 */
  readonly notFound: NamedError
  /** 409 */
  readonly conflict: NamedError
  /** 410 */
  readonly gone: NamedError
  /** 412 */
  readonly preconditionFailed: NamedError
  /** 413 */
  readonly contentTooLarge: NamedError
  /** 415 */
  readonly unsupportedMediaType: NamedError
  /** 422 */
  readonly unprocessableContent: NamedError
  /** 429. Pass the time to wait as `headers: { 'retry-after': … }`. */
  readonly tooManyRequests: NamedError
  /** 500 with a detail for the client. Throw unknown errors as they are: the client then receives only an id. */
  readonly internalServerError: NamedError
  /** 501 */
  readonly notImplemented: NamedError
  /** 502 */
  readonly badGateway: NamedError
  /** 503 */
  readonly serviceUnavailable: NamedError
  /** 504 */
  readonly gatewayTimeout: NamedError
} = {
  badRequest: named(400),
  unauthorized: named(401),
  forbidden: named(403),
  notFound: named(404),
  conflict: named(409),
  gone: named(410),
  preconditionFailed: named(412),
  contentTooLarge: named(413),
  unsupportedMediaType: named(415),
  unprocessableContent: named(422),
  tooManyRequests: named(429),
  internalServerError: named(500),
  notImplemented: named(501),
  badGateway: named(502),
  serviceUnavailable: named(503),
  gatewayTimeout: named(504),
}
