// The options that `myfy run` and `myfy start` share.

import type { Address } from '../cluster/address.ts'
import { UsageError } from '../errors.ts'
import type { CliContext } from '../terminal/context.ts'

/** Options of `run` and `start`. */
export interface ServeOptions {
  readonly host?: string
  readonly port?: string
  readonly profile?: string
  readonly logLevel?: string
}

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent']

/**
 * Sets the environment variables that the application reads, and returns the address to listen on.
 *
 * @throws UsageError for an invalid value
 */
export function applyServeOptions({ env }: CliContext, options: ServeOptions): Address {
  if (options.profile !== undefined) env.MYFY_PROFILE = options.profile
  if (options.logLevel !== undefined) {
    if (!LOG_LEVELS.includes(options.logLevel)) {
      throw new UsageError(
        `Cannot use --log-level ${options.logLevel}: it is not a log level. Use ${LOG_LEVELS.join(', ')}.`,
      )
    }
    env.LOG_LEVEL = options.logLevel
  }
  const port = options.port === undefined ? undefined : Number(options.port)
  if (port !== undefined && !(options.port !== '' && Number.isInteger(port) && port >= 0 && port <= 65_535)) {
    throw new UsageError(
      `Cannot use --port ${options.port}: it is not a port. Use a number from 1 to 65535, or 0 for any free port.`,
    )
  }
  // For settings that read them; the address below is for the transport itself.
  if (port !== undefined) env.PORT = String(port)
  if (options.host !== undefined) env.HOST = options.host
  return { host: options.host, port }
}
