// The error of a request that cannot be sent.

/**
 * A request cannot be sent, because a value of its path is missing or not valid: `MYFY_CLIENT_REQUEST`. An option does not
 * exist: `MYFY_OPTION_UNKNOWN`.
 */
// Not a MyfyError: a browser loads this file without the packages of the server.
export class ClientError extends Error {
  /** Always `ClientError`. */
  override readonly name = 'ClientError'
  /** The kind of problem. */
  readonly code: string

  /** @internal */
  constructor(message: string, code = 'MYFY_CLIENT_REQUEST') {
    super(message)
    this.code = code
  }
}
