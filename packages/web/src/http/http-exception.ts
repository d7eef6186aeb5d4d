// Every error a client sees: RFC 9457 problem details, and the exception that says which.

import { STATUS_CODES } from 'node:http'

/** The media type of every error body. */
export const PROBLEM_TYPE = 'application/problem+json'

/** The body of an error, as RFC 9457 has it. Further members may stand beside the standard ones. */
export interface ProblemDetails {
  /** A URI that names the kind of problem. Default: `about:blank`, which says that the status tells it all. */
  readonly type: string
  /** The kind of problem for people; the same for every occurrence. */
  readonly title: string
  /** The status code, again. */
  readonly status: number
  /** What is wrong this time, for people. */
  readonly detail?: string
  /** Members of one's own. */
  readonly [member: string]: unknown
}

/** What an {@link HTTPException} says besides its status. Other members stand in the body as they are. */
export interface HTTPExceptionOptions {
  /** What is wrong this time, for people. The client reads it: no secret, no value of somebody else. */
  readonly detail?: string
  /** A URI that names the kind of problem. Default: `about:blank`. */
  readonly type?: string
  /** The kind of problem for people. Default: the reason phrase of the status. */
  readonly title?: string
  /** Headers of the response, `retry-after` for one. */
  readonly headers?: Readonly<Record<string, string>>
  /** What led to it; goes to the log, never to the client. */
  readonly cause?: unknown
  /** Members of one's own. */
  readonly [member: string]: unknown
}

/**
 * An error that the client shall see. Throw it, or return it; both end the request as failed, so that its services
 * roll back. (A `Response` that is returned is an answer, whatever its status, and commits.)
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
  /** What the client reads. */
  readonly problem: ProblemDetails
  /** Headers of the response. */
  readonly headers: Readonly<Record<string, string>>

  /**
   * @param status - 400 to 599
   * @throws RangeError if the status is no error
   */
  constructor(status: number, options: HTTPExceptionOptions = {}) {
    const { detail, type, title, headers, cause, ...members } = options
    const heading = title ?? STATUS_CODES[status] ?? 'Error'
    super(detail ?? heading, { cause })
    if (!Number.isInteger(status) || status < 400 || status > 599) {
      throw new RangeError(
        `an HTTPException has a status from 400 to 599, not ${status}; return a Response for others`,
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

/** An error as an exception, if it is meant for the client: ours, or the `HTTPError` that h3's functions throw. */
export function toHTTPException(error: unknown): HTTPException | undefined {
  if (error instanceof HTTPException) return error
  if (!(error instanceof Error) || error.name !== 'HTTPError') return undefined
  const { status, unhandled, message, headers } = error as Error & {
    status?: number
    unhandled?: boolean
    headers?: Headers
  }
  if (unhandled || status === undefined || !(status >= 400 && status <= 599)) return undefined
  // Without a message of its own it calls itself `HTTPError 404`.
  const detail = message.startsWith('HTTPError') ? undefined : message
  return new HTTPException(status, { detail, headers: Object.fromEntries(headers ?? []), cause: error })
}

/** Makes an {@link HTTPException} of one status. */
export type NamedError = (detail?: string, members?: Omit<HTTPExceptionOptions, 'detail'>) => HTTPException

const named =
  (status: number): NamedError =>
  (detail, members) =>
    new HTTPException(status, { ...members, detail })

/**
 * The common errors by name: `errors.notFound('no such user', { userId })`. Each makes an {@link HTTPException}
 * to throw or to return.
 */
export const errors: {
  /** 400 */
  readonly badRequest: NamedError
  /** 401; say with `headers: { 'www-authenticate': … }` how to authenticate. */
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
  /** 429; say with `headers: { 'retry-after': … }` when to come back. */
  readonly tooManyRequests: NamedError
  /** 500; the detail is shown. An unknown error is better thrown as it is: the client then learns only an id. */
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
