// The hosts that a process in development answers for.

import { isIP } from 'node:net'

/**
 * DevelopmentHosts decides by the Host header. A page of another site can make its own name resolve to this machine (DNS
 * rebinding): the browser then lets it read every answer. Such a name has a dot, so `localhost`, the names below it, IP
 * addresses and names without a dot, such as that of a container, are accepted.
 */
export class DevelopmentHosts {
  readonly #accepted: readonly string[]

  /** @param accepted - further hosts, separated by commas: the value of `MYFY_ALLOWED_HOSTS` */
  constructor(accepted = '') {
    this.#accepted = accepted
      .toLowerCase()
      .split(',')
      .map((host) => host.trim())
      .filter((host) => host !== '')
  }

  /** Reports whether a request with this Host header is answered. A browser always sends the header. */
  accepts(header: string | undefined): boolean {
    if (header === undefined) return true
    const host = header.replace(/:\d*$/, '').toLowerCase()
    if (!host.includes('.') || host.endsWith('.localhost') || isIP(host.replace(/^\[|\]$/g, '')) !== 0)
      return true
    // `.example.com` stands for all names below it.
    return this.#accepted.some((accepted) =>
      accepted.startsWith('.') ? host.endsWith(accepted) : host === accepted,
    )
  }
}
