// The address of `--inspect`, as Node's option of the same name has it.

import { isIP } from 'node:net'
import { UsageError } from '../errors.ts'

const DEFAULT_PORT = 9229

/** The address to which a debugger connects. */
export interface DebuggerAddress {
  readonly host: string
  readonly port: number
}

/**
 * Returns the address that `--inspect` names by a port, `host:port`, or a host; the default port of this machine for an empty
 * text.
 *
 * @throws UsageError
 */
export function debuggerAddress(text: string): DebuggerAddress {
  const host = text.replace(/^\[(.*)\]$/, '$1')
  if (host === 'localhost' || isIP(host) > 0) return { host, port: DEFAULT_PORT }
  const match = /^(?:(.+):)?(\d+)$/.exec(text || String(DEFAULT_PORT))
  const port = Number(match?.[2] ?? Number.NaN)
  if (match && port <= 65_535) return { host: (match[1] ?? '127.0.0.1').replace(/^\[(.*)\]$/, '$1'), port }
  throw new UsageError(
    `Cannot use --inspect=${text}: it is not an address. Use a port from 1 to 65535, 0 for any free one, or host:port.`,
  )
}
