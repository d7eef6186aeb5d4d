// What can be wrong with an HTTP application before it answers anything. Each error has a code and says the remedy.

import { MyfyError } from '@myfy/di'

/** A route cannot work: a pattern without a slash, two routes of the same method and path, a reserved name. */
export class RouteError extends MyfyError {
  /** The route: `GET /users/:id`. */
  readonly route: string

  /** Names the route and says what is wrong with it. */
  constructor(route: string, sentence: string, options?: { cause?: unknown }) {
    super('MYFY_ROUTE_INVALID', `${route}: ${sentence}`, options)
    this.route = route
  }
}

/** The transport cannot listen: the port is taken (`MYFY_PORT_TAKEN`), forbidden, or not of this machine. */
export class ListenError extends MyfyError {
  /** Where it should have listened: `127.0.0.1:8000`. */
  readonly address: string

  /** Turns the error of a bind into a sentence with a remedy. */
  constructor(address: string, cause: NodeJS.ErrnoException) {
    const [code, sentence] = explain(address, cause)
    super(code, sentence, { cause })
    this.address = address
  }
}

function explain(address: string, cause: NodeJS.ErrnoException): [code: string, sentence: string] {
  switch (cause.code) {
    case 'EADDRINUSE':
      return [
        'MYFY_PORT_TAKEN',
        `${address} is taken by another process; stop that one, or listen elsewhere (port 0 takes any free port)`,
      ]
    case 'EACCES':
      return [
        'MYFY_PORT_FORBIDDEN',
        `this user may not listen on ${address}; take a port above 1023, or let systemd hand over the socket`,
      ]
    case 'EADDRNOTAVAIL':
      return [
        'MYFY_ADDRESS_UNKNOWN',
        `${address} is no address of this machine; 0.0.0.0 listens on all of them`,
      ]
    default:
      return ['MYFY_LISTEN_FAILED', `cannot listen on ${address}: ${cause.message}`]
  }
}
