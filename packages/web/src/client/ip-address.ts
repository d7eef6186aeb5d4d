// IP addresses as proxies and sockets write them, and networks in CIDR notation.

import { BlockList, isIP } from 'node:net'

/**
 * Returns the canonical address of a node as in X-Forwarded-For and Forwarded: without port, brackets and quotes, and an
 * IPv4-mapped address as IPv4. Undefined for anything else, `unknown` and obfuscated identifiers included.
 */
export function parseAddress(text: string): string | undefined {
  const bare = text.trim().replace(/^"(.*)"$/, '$1')
  const [, bracketed, v4] = /^(?:\[([^\]]+)\]|(\d+\.\d+\.\d+\.\d+))(?::\w*)?$/.exec(bare) ?? []
  const address = bracketed ?? v4 ?? bare
  if (isIP(address) === 0) return undefined
  return mappedIPv4(address) ?? address
}

/** Returns the IPv4 address of `::ffff:203.0.113.7` or `::ffff:cb00:7107`; undefined for other addresses. */
export function mappedIPv4(address: string): string | undefined {
  if (!address.includes(':')) return undefined
  const [, dotted, high, low] =
    /^(?:0{0,4}:){0,5}:?ffff:(?:(\d+\.\d+\.\d+\.\d+)|([\da-f]{1,4}):([\da-f]{1,4}))$/i.exec(address) ?? []
  if (dotted !== undefined) return dotted
  if (high === undefined || low === undefined) return undefined
  const value = (Number.parseInt(high, 16) << 16) | Number.parseInt(low, 16)
  return [24, 16, 8, 0].map((bits) => (value >>> bits) & 255).join('.')
}

/** A set of addresses and networks. */
export class AddressSet {
  readonly #list = new BlockList()

  /** Adds an address or a network; returns the reason when the text is neither. */
  add(text: string): string | undefined {
    const slash = text.indexOf('/')
    const address = slash < 0 ? text : text.slice(0, slash)
    const version = isIP(address)
    if (version === 0 || address.includes('%'))
      return `${JSON.stringify(text)} is not an IP address or a network`
    const mapped = mappedIPv4(address)
    const [plain, family, width] =
      mapped !== undefined
        ? ([mapped, 'ipv4', 128] as const)
        : version === 6
          ? ([address, 'ipv6', 128] as const)
          : ([address, 'ipv4', 32] as const)
    if (slash < 0) {
      this.#list.addAddress(plain, family)
      return undefined
    }
    const bits = text.slice(slash + 1)
    const least = mapped === undefined ? 0 : 96
    if (!/^\d{1,3}$/.test(bits) || Number(bits) > width || Number(bits) < least)
      return `${JSON.stringify(text)} has the prefix length ${JSON.stringify(bits)}, not a number from ${least} to ${width}`
    this.#list.addSubnet(plain, Number(bits) - least, family)
    return undefined
  }

  /** Reports whether a canonical address is in the set. */
  has(address: string): boolean {
    const version = isIP(address)
    return version !== 0 && this.#list.check(address, version === 6 ? 'ipv6' : 'ipv4')
  }
}
