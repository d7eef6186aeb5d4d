// Comparison of listen addresses: one address has several spellings, and two addresses may exclude each other.

import net from 'node:net'
import type { ListenAddress } from '@myfy/core'

/** Returns a key that is equal for all spellings of an address. */
export function addressKey(address: ListenAddress): string {
  return 'path' in address ? address.path : `${canonicalHost(address.host)} ${address.port}`
}

/** Reports whether two addresses cannot be bound at the same time: one port, on all interfaces and on one of them. */
export function excludeEachOther(one: ListenAddress, other: ListenAddress): boolean {
  if ('path' in one || 'path' in other || one.port !== other.port || one.port === 0) return false
  const [a, b] = [canonicalHost(one.host), canonicalHost(other.host)]
  if (a === b) return false
  const includes = (wildcard: string, host: string) =>
    wildcard === '::' || (wildcard === '0.0.0.0' && !net.isIPv6(host))
  return includes(a, b) || includes(b, a)
}

/** Returns the address with the port that the system chose for port 0. */
export function withPort(address: ListenAddress, port: number | undefined): ListenAddress {
  return 'port' in address && port !== undefined ? { ...address, port } : address
}

/** Returns the host as it is bound. Without a host: all interfaces. */
export function canonicalHost(host: string | undefined): string {
  if (host === undefined || host === '' || host === '::' || host === '*') return '::'
  return host === 'localhost' ? '127.0.0.1' : host
}

/** Returns the address for people: `127.0.0.1:8000`, `*:8000`, or a path. */
export function displayAddress(address: ListenAddress): string {
  return 'path' in address ? address.path : `${address.host || '*'}:${address.port}`
}
