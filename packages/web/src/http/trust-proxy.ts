// Who the client is when proxies stand between: their headers are believed only as far as they are trusted.

import { BlockList, isIP } from 'node:net'

/**
 * Which proxies are believed about the client (`x-forwarded-for`, `-proto`, `-host`). `false` (the default) believes
 * nobody, `true` the one that connects, a number that many hops, a list of addresses and networks (`10.0.0.0/8`)
 * those that are in it.
 */
export type TrustProxy = boolean | number | readonly string[]

/** What can be known of the client. */
export interface ClientInfo {
  readonly ip: string | undefined
  readonly protocol: 'http' | 'https'
  readonly host: string | undefined
}

type Headers = Readonly<Record<string, string | string[] | undefined>>

/** Makes the function that looks through the trusted proxies. */
export function clientInfoReader(
  trust: TrustProxy,
): (address: string | undefined, headers: Headers) => ClientInfo {
  if (trust === false || trust === 0)
    return (ip, headers) => ({ ip, protocol: 'http', host: firstValue(headers.host) })
  const trusts = trustPredicate(trust)
  return (address, headers) => {
    // From the right: each hop appended whom it saw; the first that is not trusted is the client.
    const hops = [...splitList(headers['x-forwarded-for']), address ?? '']
    let at = hops.length - 1
    let depth = 0
    while (at > 0 && trusts(hops[at]!, depth)) {
      at--
      depth++
    }
    const believed = trusts(address ?? '', 0)
    const nearest = (name: string) => {
      const values = splitList(headers[name])
      return believed ? values[Math.max(0, values.length - Math.max(1, depth))] : undefined
    }
    const client = hops[at]!
    return {
      ip: isIP(client) ? client : address,
      protocol: nearest('x-forwarded-proto') === 'https' ? 'https' : 'http',
      host: nearest('x-forwarded-host') ?? firstValue(headers.host),
    }
  }
}

function trustPredicate(
  trust: true | number | readonly string[],
): (address: string, depth: number) => boolean {
  if (trust === true) return (_address, depth) => depth < 1
  if (typeof trust === 'number') return (_address, depth) => depth < trust
  const known = new BlockList()
  for (const entry of trust) {
    const [address, bits] = entry.split('/') as [string, string | undefined]
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) known.addAddress(address, family)
    else known.addSubnet(address, Number(bits), family)
  }
  return (address) => {
    // A dual-stack socket writes IPv4 as ::ffff:10.0.0.1.
    const plain = address.startsWith('::ffff:') ? address.slice(7) : address
    const version = isIP(plain)
    return version !== 0 && known.check(plain, version === 6 ? 'ipv6' : 'ipv4')
  }
}

const firstValue = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value[0] : value

const splitList = (value: string | string[] | undefined): string[] =>
  value === undefined
    ? []
    : (Array.isArray(value) ? value.join(',') : value)
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean)

const HOST = /^[\w.-]+(?::\d{1,5})?$|^\[[\da-fA-F:.]+\](?::\d{1,5})?$/

/** A URL from what a client claims. A host that is none becomes `localhost`. */
export function requestURL(origin: ClientInfo, path: string, search: string): URL {
  const host = origin.host !== undefined && HOST.test(origin.host) ? origin.host : 'localhost'
  const base = `${origin.protocol}://${host}`
  // Not through the base: a path of two slashes would be read as a host.
  return URL.canParse(base + path + search) ? new URL(base + path + search) : new URL(base)
}
