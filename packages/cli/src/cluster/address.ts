// The address of --host and --port, in place of the one in the application's code.

import type { InheritedListener, ListenAddress } from '@myfy/core'

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

/**
 * Returns the listener of a process in development: as {@link overrideAddress}, and other machines reach no transport
 * that names no host.
 */
export function developmentAddress(address: Address): InheritedListener {
  const override = overrideAddress(address)
  return {
    kind: 'myfy.listener',
    development: true,
    async acquire(requested) {
      const wanted = ((await override?.acquire(requested)) ?? requested) as ListenAddress
      return 'path' in wanted || wanted.host !== undefined ? wanted : { ...wanted, host: '127.0.0.1' }
    },
  }
}
