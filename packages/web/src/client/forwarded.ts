// The headers in which proxies name the client: Forwarded (RFC 7239) and X-Forwarded-*.

import type { IncomingHttpHeaders } from 'node:http'

/** One proxy's report of the request that it received. */
export interface ForwardedElement {
  readonly for?: string | undefined
  readonly proto?: string | undefined
  readonly host?: string | undefined
}

/** The chain of proxies, the nearest last. */
export interface ForwardedChain {
  /** The addresses that each proxy saw. */
  readonly addresses: readonly string[]
  /** Returns what the proxy reports that is `hops` proxies away, 1 for the nearest. */
  element(hops: number): ForwardedElement
}

/**
 * Reads the chain of proxies. X-Forwarded-* headers take precedence; Forwarded is read when there are none, so that a
 * client cannot add it to the headers of a proxy that does not know it.
 */
export function forwardedChain(headers: Readonly<IncomingHttpHeaders>): ForwardedChain {
  const addresses = splitList(headers['x-forwarded-for'])
  const protocols = splitList(headers['x-forwarded-proto'])
  const hosts = splitList(headers['x-forwarded-host'])
  const forwarded = headers.forwarded
  if (forwarded === undefined || addresses.length + protocols.length + hosts.length > 0)
    return {
      addresses,
      element: (hops) => ({ proto: fromEnd(protocols, hops), host: fromEnd(hosts, hops) }),
    }
  const elements = parseForwarded(forwarded)
  return {
    addresses: elements.map((element) => element.for ?? 'unknown'),
    element: (hops) => fromEnd(elements, hops) ?? {},
  }
}

/** Parses `for=192.0.2.60;proto=http, for="[2001:db8::1]:99"`; the quotes of values are removed. */
export function parseForwarded(header: string): ForwardedElement[] {
  const elements: Array<Record<string, string>> = [{}]
  for (const [, separator, name, quoted, value] of header.matchAll(PAIR)) {
    if (separator === ',') elements.push({})
    if (name !== undefined)
      elements.at(-1)![name.toLowerCase()] = quoted?.replace(/\\(.)/g, '$1') ?? value!.trim()
  }
  return elements.filter((element) => Object.keys(element).length > 0)
}

/** A separator, and then a pair whose value is a quoted string or a token. */
const PAIR = /(^|[;,])\s*(?:([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;,"]*)))?/g

/** A proxy that replaces a header instead of appending to it leaves one value for the whole chain. */
const fromEnd = <T>(list: readonly T[], hops: number): T | undefined => list[Math.max(0, list.length - hops)]

function splitList(value: string | string[] | undefined): string[] {
  if (value === undefined) return []
  const text = Array.isArray(value) ? value.join(',') : value
  return text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
}
