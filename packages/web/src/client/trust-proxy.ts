// The client of a request: its address, protocol and host, from the socket or from the headers of trusted proxies.

import type { IncomingHttpHeaders } from 'node:http'
import { OptionError } from '@myfy/core'
import { type ForwardedChain, forwardedChain } from './forwarded.ts'
import { isHost } from './host.ts'
import { AddressSet, parseAddress } from './ip-address.ts'

/**
 * The proxies to trust for X-Forwarded-For, -Proto and -Host, or for Forwarded (RFC 7239) when there are none of these.
 * `false` trusts none, `true` the one that connects, a number that many proxies in a row, and a list the addresses and
 * networks in it: `['10.0.0.0/8', '::1']`. Behind a Unix socket, use `true` or a number.
 */
export type TrustProxy = boolean | number | readonly string[]

/** The client of a request. */
export interface ClientInfo {
  /** The IP address; undefined on a Unix socket, and when the proxy does not report one. */
  readonly ip: string | undefined
  readonly protocol: 'http' | 'https'
  /** The host and port that the client sent the request to. */
  readonly host: string | undefined
  /** True if the request came from a trusted proxy. */
  readonly trusted: boolean
}

/**
 * Returns the client of a request.
 *
 * @param address - the remote address of the socket
 * @param target - the host of an absolute-form request target
 * @param secure - true if the connection is encrypted
 */
export type ClientInfoReader = (
  address: string | undefined,
  headers: Readonly<IncomingHttpHeaders>,
  target?: string,
  secure?: boolean,
) => ClientInfo

/**
 * Creates the reader of a `trustProxy` option.
 *
 * @throws OptionError if the option is not valid
 */
export function clientInfoReader(trust: TrustProxy): ClientInfoReader {
  const isTrusted = trustPredicate(trust)
  if (isTrusted === undefined)
    return (address, headers, target, secure) => ({
      ip: socketAddress(address),
      protocol: secure ? 'https' : 'http',
      host: target ?? headers.host,
      trusted: false,
    })
  return (remote, headers, target, secure) => {
    const own = secure ? 'https' : 'http'
    const address = socketAddress(remote)
    const host = target ?? headers.host
    if (!isTrusted(address, 0)) return { ip: address, protocol: own, host, trusted: false }
    const chain = forwardedChain(headers)
    const [ip, hops] = findClient(address, chain, isTrusted)
    const nearest = chain.element(Math.max(1, hops))
    return {
      ip,
      protocol: nearest.proto === undefined ? own : /^(?:https|wss)$/i.test(nearest.proto) ? 'https' : 'http',
      host: nearest.host !== undefined && isHost(nearest.host) ? nearest.host : host,
      trusted: true,
    }
  }
}

/**
 * Walks the chain from the nearest proxy: each proxy has appended the address that it saw, and the first address that is
 * not trusted is the client. Addresses beyond it are the client's own claims.
 */
function findClient(
  address: string | undefined,
  { addresses }: ForwardedChain,
  isTrusted: TrustPredicate,
): [ip: string | undefined, hops: number] {
  let client = address
  for (let hops = 0; ; hops++) {
    if (hops === addresses.length || !isTrusted(client, hops)) return [client, hops]
    client = parseAddress(addresses[addresses.length - 1 - hops]!)
  }
}

type TrustPredicate = (address: string | undefined, hops: number) => boolean

/** Returns undefined when no proxy is trusted. */
function trustPredicate(trust: TrustProxy): TrustPredicate | undefined {
  if (trust === false || trust === 0) return undefined
  if (trust === true) return (_address, hops) => hops < 1
  if (typeof trust === 'number') {
    if (Number.isInteger(trust) && trust > 0) return (_address, hops) => hops < trust
    throw invalid(`${trust} is not a number of proxies`)
  }
  if (!Array.isArray(trust)) throw invalid(`${describe(trust)} is not a list`)
  const trusted = new AddressSet()
  for (const [i, entry] of trust.entries()) {
    const reason = typeof entry === 'string' ? trusted.add(entry) : `${describe(entry)} is not a string`
    if (reason !== undefined) throw invalid(reason, `trustProxy[${i}]`)
  }
  return (address) => address !== undefined && trusted.has(address)
}

const describe = (value: unknown): string =>
  typeof value === 'string'
    ? JSON.stringify(value)
    : value === null
      ? 'null'
      : `a value of type ${typeof value}`

const invalid = (reason: string, place = 'trustProxy'): OptionError =>
  new OptionError(
    'MYFY_OPTION_INVALID',
    `Cannot configure ${place}: ${reason}. Pass true, a number of proxies, or a list of IP addresses and networks such as '10.0.0.0/8'.`,
  )

/** A dual-stack socket reports IPv4 clients as `::ffff:203.0.113.7`. */
const socketAddress = (address: string | undefined): string | undefined =>
  address?.startsWith('::ffff:') ? parseAddress(address) : address || undefined

/** Returns the URL of a request. An invalid host becomes `localhost`. */
export function requestURL({ host, protocol }: ClientInfo, path: string, search: string): URL {
  const origin = `${protocol}://${host !== undefined && isHost(host) ? host : 'localhost'}`
  // Not with the origin as the base: a path that begins with two slashes would be read as a host.
  return new URL(origin + (path.startsWith('/') ? path : '/') + search)
}
