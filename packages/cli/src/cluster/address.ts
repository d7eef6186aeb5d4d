// The address of --host and --port, in place of the one in the application's code.

import type { InheritedListener } from '@myfy/core'

/** The parts of a listening address that the command line sets. */
export interface Address {
  readonly host?: string
  readonly port?: number
}

/**
 * Returns a listener that sends the first TCP transport to the given host and port and leaves the others where they
 * are. Returns undefined if both parts are undefined.
 */
export function overrideAddress({ host, port }: Address): InheritedListener | undefined {
  if (host === undefined && port === undefined) return undefined
  let used = false
  return {
    kind: 'myfy.listener',
    async acquire(requested) {
      if (used || 'path' in requested) return requested
      used = true
      return { host: host ?? requested.host, port: port ?? requested.port }
    },
  }
}
