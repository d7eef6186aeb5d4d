// The error of a request that cannot be sent.

/** A request cannot be sent, because a value of its path is missing or not valid. Code `MYFY_CLIENT_REQUEST`. */
// Not a MyfyError: a browser loads this file without the packages of the server.
export class ClientError extends Error {
  /** Always `ClientError`. */
  override readonly name = 'ClientError'
  /** Always `MYFY_CLIENT_REQUEST`. */
  readonly code = 'MYFY_CLIENT_REQUEST'
}
