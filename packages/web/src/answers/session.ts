// Sessions whose data is sealed in a cookie, as h3 implements them: encrypted and signed, without a store.

import { randomUUID } from 'node:crypto'
import { OptionError } from '@myfy/core'
import { assertKnownOptions, type OptionNames } from '@myfy/core/runtime'
import { type Provider, request } from '@myfy/di'
import { isLocal } from '../request/cookies.ts'
import { loadH3 } from '../request/h3.ts'
import type { H3Event } from '../request/h3-event.ts'
import { CurrentRequest, type RequestContext } from '../request/request-context.ts'

/** Options of {@link defineSession}. */
export interface SessionOptions {
  /**
   * The key that seals the data, at least 32 random characters. A function or a getter is called for each request: it may
   * read the settings, as in `() => app.settings.sessionPassword`.
   */
  readonly password: string | (() => string)
  /** The name of the cookie. Default: `session`. */
  readonly name?: string
  /** The time in seconds after which it expires, however active the client is. Default: it ends with the browser. */
  readonly maxAge?: number
  /** The time in seconds without a request after which it expires. Default: none. */
  readonly idleTimeout?: number
  /** Attributes of the cookie. Default: `Secure; HttpOnly; SameSite=Lax; Path=/`; not `Secure` on `localhost` without TLS. */
  readonly cookie?: {
    readonly domain?: string
    readonly path?: string
    readonly sameSite?: 'lax' | 'strict' | 'none'
    readonly secure?: boolean
  }
}

/**
 * The session of a request: `data`, and `update` and `clear`, which set the cookie of the answer. A forged or expired
 * session is a new, empty one.
 */
export interface Session<Data extends Record<string, unknown> = Record<string, unknown>> {
  /** The id; undefined for a session that was not updated yet. */
  readonly id: string | undefined
  /** The data. */
  readonly data: Partial<Data>
  /** Adds to the data, or replaces parts of it. A function receives the data before. */
  update(change: Partial<Data> | ((data: Partial<Data>) => Partial<Data> | undefined)): Promise<Session<Data>>
  /** Removes the data and the cookie. */
  clear(): Promise<Session<Data>>
}

const optionNames: OptionNames<SessionOptions> = {
  password: true,
  name: true,
  maxAge: true,
  idleTimeout: true,
  cookie: true,
}
const cookieNames: OptionNames<NonNullable<SessionOptions['cookie']>> = {
  domain: true,
  path: true,
  sameSite: ['lax', 'strict', 'none'],
  secure: 'boolean',
}

/** The shortest password that h3 seals with. */
const MIN_PASSWORD = 32

/**
 * Returns the provider of a typed session, to be injected into routes and request-scoped services.
 *
 * @throws OptionError if the password is shorter than 32 characters, or an option does not exist
 *
 * @example
 * ```ts
 * import { defineRoutes, defineSession } from '@myfy/web'
 *
 * const session = defineSession<{ user: string }>({
 *   password: () => process.env.SESSION_PASSWORD ?? 'at least 32 characters, from the settings',
 *   maxAge: 7 * 24 * 3600,
 * })
 *
 * export const account = defineRoutes('/account', { inject: { session } }, (route) => {
 *   route.get('/', ({ session }) => ({ user: session.data.user ?? null }))
 *   route.post('/login', async ({ session }) => void (await session.update({ user: 'ada' })))
 *   route.post('/logout', async ({ session }) => void (await session.clear()))
 * })
 * ```
 */
export function defineSession<Data extends Record<string, unknown>>(
  options: SessionOptions,
): Provider<Session<Data>, 'request'> {
  assertKnownOptions('defineSession()', options, optionNames)
  assertKnownOptions('cookie of defineSession()', options.cookie, cookieNames)
  const { name = 'session', maxAge, idleTimeout, cookie } = options
  assertSeconds('maxAge', maxAge)
  assertSeconds('idleTimeout', idleTimeout)
  // A getter reads the settings, which are not loaded yet.
  const isGetter = Object.getOwnPropertyDescriptor(options, 'password')?.get !== undefined
  if (!isGetter && typeof options.password !== 'function') assertPassword(options.password)
  const open = async (current: RequestContext): Promise<CookieSession<Data>> => {
    const { password } = options
    const secret = typeof password === 'function' ? password() : password
    assertPassword(secret)
    const [h3, event] = await Promise.all([loadH3(), current.event()])
    let isNew = false
    const config = {
      password: secret,
      name,
      sessionHeader: false as const,
      ...(maxAge !== undefined && { maxAge }),
      ...(idleTimeout !== undefined && { idleTimeout }),
      cookie: {
        secure: !isLocal(current.url),
        httpOnly: true,
        sameSite: 'lax' as const,
        path: '/',
        ...cookie,
      },
      generateId() {
        isNew = true
        return randomUUID()
      },
    }
    await h3.getSession<Data>(event, config)
    return new CookieSession(h3, event, config, isNew)
  }
  return request({ current: CurrentRequest }, async ({ current }) => open(current), {
    settle: (session) => session.settled(),
  })
}

type H3 = Awaited<ReturnType<typeof loadH3>>
type NamedConfig = Parameters<H3['getSession']>[1] & { readonly name: string }

/** A session as h3 keeps it with the event. */
interface StoredSession {
  readonly id: string
  readonly createdAt: number
  readonly data: Record<string, unknown>
}

/**
 * A session whose changes are part of the answer, also those that the handler does not await. h3's own `useSession` sets a
 * cookie for every client, which keeps the answers out of caches, and reads the cookie of the request again after `clear`.
 */
class CookieSession<Data extends Record<string, unknown>> implements Session<Data> {
  readonly #h3: H3
  readonly #event: H3Event
  readonly #config: NamedConfig
  /** True until the first update, and after `clear`. */
  #isNew: boolean
  readonly #changes: Promise<unknown>[] = []

  constructor(h3: H3, event: H3Event, config: NamedConfig, isNew: boolean) {
    this.#h3 = h3
    this.#event = event
    this.#config = config
    this.#isNew = isNew
  }

  get id(): string | undefined {
    return this.#isNew ? undefined : this.#stored?.id
  }

  get data(): Partial<Data> {
    return (this.#stored?.data ?? {}) as Partial<Data>
  }

  update(change: Parameters<Session<Data>['update']>[0]): Promise<Session<Data>> {
    this.#sessions[this.#config.name] ??= { id: randomUUID(), createdAt: Date.now(), data: {} }
    this.#isNew = false
    return this.#noted(this.#h3.updateSession<Data>(this.#event, this.#config, change))
  }

  clear(): Promise<Session<Data>> {
    this.#isNew = true
    return this.#noted(this.#h3.clearSession(this.#event, this.#config))
  }

  /** Resolves when every change has set its cookie. */
  async settled(): Promise<void> {
    await Promise.all(this.#changes)
  }

  get #sessions(): Record<string, StoredSession> {
    this.#event.context.sessions ??= {}
    return this.#event.context.sessions as Record<string, StoredSession>
  }

  get #stored(): StoredSession | undefined {
    return this.#sessions[this.#config.name]
  }

  #noted(change: Promise<unknown>): Promise<Session<Data>> {
    const changed = change.then(() => this)
    this.#changes.push(changed)
    // Reported by `settled`, which may be called later: until then it is not an unhandled rejection.
    changed.catch(() => {})
    return changed
  }
}

function assertSeconds(name: string, value: unknown): void {
  if (value === undefined || (typeof value === 'number' && value >= 0)) return
  const given = typeof value === 'string' ? JSON.stringify(value) : String(value)
  throw new OptionError(
    'MYFY_OPTION_INVALID',
    `Cannot use ${given} as ${name} of defineSession(): it is not a number of seconds. Write one such as 7 * 24 * 3600.`,
  )
}

function assertPassword(password: unknown): void {
  if (typeof password === 'string' && password.length >= MIN_PASSWORD) return
  const reason =
    typeof password === 'string'
      ? `it has ${password.length} characters`
      : `it is a value of type ${typeof password}`
  throw new OptionError(
    'MYFY_OPTION_INVALID',
    `Cannot configure the password of a session: ${reason}. Use at least ${MIN_PASSWORD} random characters, such as those of \`openssl rand -base64 32\`.`,
  )
}
