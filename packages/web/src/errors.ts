// The coded errors of an HTTP application before it serves its first request.

import { MyfyError } from '@myfy/di'

/** An invalid use of this package, with a code that begins with `MYFY_`. */
export class WebError extends MyfyError {}

/** A route is invalid: its pattern, its spec, or a second route of the same method and path. Code `MYFY_ROUTE_INVALID`. */
export class RouteError extends MyfyError {
  /** The route: `GET /users/:id`. */
  readonly route: string

  /** @internal */
  constructor(route: string, reason: string, fix: string, options?: { cause?: unknown }) {
    super('MYFY_ROUTE_INVALID', `Cannot declare route ${route}: ${reason}. ${fix}.`, options)
    this.route = route
  }
}

/** ResponseError reports an answer that cannot be sent: a value without a JSON form, a stream of the wrong length. */
export class ResponseError extends MyfyError {
  /** @internal */
  constructor(message: string, options?: { cause?: unknown }) {
    super('MYFY_RESPONSE_INVALID', message, options)
  }
}

/** MiddlewareError reports a middleware that breaks its contract: it gives no answer, or calls `next()` twice. */
export class MiddlewareError extends MyfyError {
  /** @internal */
  constructor(message: string) {
    super('MYFY_MIDDLEWARE_INVALID', message)
  }
}

/** TLSError reports a key or a certificate that cannot be used. The code is `MYFY_TLS_INVALID`. */
export class TLSError extends MyfyError {
  /** @internal */
  constructor(message: string, cause: unknown) {
    super('MYFY_TLS_INVALID', message, { cause })
  }
}

/**
 * The transport cannot listen. The code is `MYFY_PORT_TAKEN`, `MYFY_PORT_FORBIDDEN`, `MYFY_ADDRESS_UNKNOWN`, or
 * `MYFY_LISTEN_FAILED` for any other reason; `cause` is the error of node:net.
 */
export class ListenError extends MyfyError {
  /** The address to listen on: `127.0.0.1:8000`. */
  readonly address: string

  /** @internal */
  constructor(address: string, cause: NodeJS.ErrnoException) {
    const [code, reason, fix] = listenFailure(cause)
    super(code, `Cannot listen on ${address}: ${reason}. ${fix}.`, { cause })
    this.address = address
  }
}

function listenFailure(cause: NodeJS.ErrnoException): [code: string, reason: string, fix: string] {
  switch (cause.code) {
    case 'EADDRINUSE':
      return [
        'MYFY_PORT_TAKEN',
        'the address is in use by another process',
        'Stop that process, or listen on another port; port 0 takes any free one',
      ]
    case 'EACCES':
      return [
        'MYFY_PORT_FORBIDDEN',
        'this user is not permitted to bind the address',
        'Use a port above 1023, or socket activation by systemd',
      ]
    case 'EADDRNOTAVAIL':
      return [
        'MYFY_ADDRESS_UNKNOWN',
        'it is not an address of this machine',
        'Use an address of this machine, or 0.0.0.0 for all of them',
      ]
    default:
      return ['MYFY_LISTEN_FAILED', cause.message, 'Listen on another address']
  }
}
