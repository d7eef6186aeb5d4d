// The check of who may see the inspector: the developer on this machine, or the holder of the token.

import { createHash, timingSafeEqual } from 'node:crypto'
import { OptionError } from '@myfy/core'
import { errors, type HTTPException } from '../http/http-exception.ts'
import type { Exchange } from '../request/exchange.ts'

/** The shortest token, in characters. */
const MIN_TOKEN = 16

/** InspectorAccess decides about each request for the inspector. */
export class InspectorAccess {
  readonly #token: Buffer | undefined

  /** @throws OptionError if the token is too short */
  constructor(token: string | undefined) {
    if (token !== undefined && (typeof token !== 'string' || token.length < MIN_TOKEN))
      throw new OptionError(
        'MYFY_OPTION_INVALID',
        `Cannot configure inspector.token of WebModule: it has less than ${MIN_TOKEN} characters. Pass a random text, such as the output of 'openssl rand -hex 16'.`,
      )
    this.#token = token === undefined ? undefined : digest(token)
  }

  /** True if a token opens the inspector outside of development. */
  get hasToken(): boolean {
    return this.#token !== undefined
  }

  /** Returns the refusal of a request; undefined if it may pass. */
  refusal(exchange: Exchange): HTTPException | undefined {
    // A page of another site must not read the answer.
    const site = exchange.header('sec-fetch-site')
    if (site !== undefined && site !== 'same-origin' && site !== 'none')
      return errors.forbidden('the inspector answers its own page only')
    if (this.#token !== undefined) return this.#refusalOfToken(exchange)
    if (!isLoopback(exchange.peerAddress)) return errors.forbidden('the inspector answers this machine only')
    // A tunnel or a proxy on this machine passes on requests from elsewhere.
    if (exchange.header('x-forwarded-for') ?? exchange.header('forwarded'))
      return errors.forbidden('the inspector does not answer through a proxy')
    // The name of another site may resolve to this machine (DNS rebinding).
    return isLocalName(exchange.header('host'))
      ? undefined
      : errors.forbidden('the inspector answers localhost and 127.0.0.1 only')
  }

  #refusalOfToken(exchange: Exchange): HTTPException | undefined {
    const [, given] = /^Bearer (.+)$/i.exec(exchange.header('authorization') ?? '') ?? []
    if (given !== undefined && timingSafeEqual(digest(given), this.#token!)) return undefined
    return errors.unauthorized('the inspector needs its token', { headers: { 'www-authenticate': 'Bearer' } })
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** An exchange without a socket is one of this process. */
const isLoopback = (address: string | undefined): boolean =>
  address === undefined || /^(?:::ffff:)?127\.|^::1$/.test(address)

const isLocalName = (host: string | undefined): boolean =>
  host === undefined || /^(?:localhost|[\w-]+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/i.test(host)
