// Whether the application lives, is ready, and how each module is: as routes, and on a port of their own.

import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Application, ListenContext, Transport } from '@myfy/core'
import { ListenError } from '../errors.ts'
import { Listener, type ListenerTarget } from '../node/listener.ts'
import type { AppResponse } from '../node/node-response.ts'
import { defineRoutes, type Routes } from './route.ts'

/** Where and how health is told. */
export interface HealthOptions {
  /** The beginning of the three paths. Default: `/health`. */
  readonly path?: string
  /** Also on this port, which answers until the application has stopped. Default: none. */
  readonly port?: number
  /** The address of that port. Default: every address of the machine. */
  readonly host?: string
  /** Tells why a module is unhealthy: the text of its error, for whoever asks. Default: only on the port of its own. */
  readonly details?: boolean
}

/** One answer: whether all is well, and the body. */
export interface HealthReport {
  readonly ok: boolean
  readonly body: object
}

/** What is told at a path below the prefix: '' for everything, `/live`, `/ready`. */
export async function healthReport(
  app: Application,
  path: string,
  details: boolean,
): Promise<HealthReport | undefined> {
  if (path === '/live') return { ok: app.live, body: { live: app.live } }
  if (path !== '' && path !== '/ready') return undefined
  const { ready, state, health } = await app.readiness()
  if (path === '/ready') return { ok: ready, body: { ready, state } }
  const checks = Object.fromEntries(
    Object.entries(health.checks).map(([name, { message, ...check }]) => [
      name,
      details && message !== undefined ? { ...check, message } : check,
    ]),
  )
  return { ok: health.healthy, body: { healthy: health.healthy, state, checks } }
}

/** The three routes. They run outside the module's middleware: a load balancer has no credentials. */
export function healthRoutes(app: Application, { path = '/health', details = false }: HealthOptions): Routes {
  const answer = async (at: string) => {
    const { ok, body } = (await healthReport(app, at, details))!
    return Response.json(body, { status: ok ? 200 : 503, headers: { 'cache-control': 'no-store' } })
  }
  const { prefix, routes } = defineRoutes(path, { hidden: true, timeout: 0 }, (route) => {
    route.get('/', () => answer(''))
    route.get('/live', () => answer('/live'))
    route.get('/ready', () => answer('/ready'))
  })
  return { prefix, routes: routes.map((route) => ({ ...route, bare: true })) }
}

/**
 * Health on a port of its own. It outlives the drain: an orchestrator that asks meanwhile learns that the
 * application lives and is not ready, instead of finding nobody.
 */
export class HealthTransport implements Transport, ListenerTarget {
  readonly name = 'health'
  /** @internal */
  readonly upgrades = false
  readonly #options: HealthOptions & { readonly port: number }
  #app: Application | undefined
  #listener: Listener | undefined
  #handedOver = false

  constructor(options: HealthOptions & { readonly port: number }) {
    this.#options = options
  }

  /** Where it can be reached, once it listens. */
  get url(): string | undefined {
    const address = this.#listener?.server.address()
    return typeof address === 'object' && address
      ? `http://localhost:${address.port}${this.#options.path ?? '/health'}`
      : undefined
  }

  async listen({ app, inherited }: ListenContext): Promise<void> {
    this.#app = app
    app.on('state', ({ to }) => {
      if ((to === 'stopped' || to === 'failed') && !this.#handedOver) this.#listener?.close()
    })
    if ((inherited as Listener | undefined)?.kind === 'myfy.web.listener') {
      this.#listener = inherited as Listener
      this.#listener.target = this
      return
    }
    const { port, host } = this.#options
    this.#listener = new Listener(this, { keepAliveTimeout: 1_000 })
    try {
      await this.#listener.listen({ port, host })
    } catch (error) {
      throw new ListenError(
        `${host ?? 'port'}${host === undefined ? ' ' : ':'}${port}`,
        error as NodeJS.ErrnoException,
      )
    }
    // It must not keep a process alive that has nothing else to do.
    this.#listener.server.unref()
  }

  drain(): void {}

  close(): void {}

  handover(): unknown {
    this.#handedOver = true
    return this.#listener
  }

  /** @internal */
  accept(incoming: IncomingMessage, response: AppResponse): void {
    const { path: prefix = '/health', details = true } = this.#options
    const path = incoming.url!.split('?', 1)[0]!
    response.shouldKeepAlive = false
    const told =
      path === prefix || path.startsWith(`${prefix}/`)
        ? healthReport(this.#app!, path.slice(prefix.length), details)
        : undefined
    void Promise.resolve(told).then((answer) => {
      const body = answer
        ? JSON.stringify(answer.body)
        : '{"type":"about:blank","title":"Not Found","status":404}'
      response.writeHead(answer ? (answer.ok ? 200 : 503) : 404, {
        'content-type': answer ? 'application/json' : 'application/problem+json',
        'content-length': Buffer.byteLength(body),
        'cache-control': 'no-store',
      })
      response.end(body)
    })
  }

  /** @internal */
  upgrade(_incoming: IncomingMessage, socket: Duplex): void {
    socket.destroy()
  }
}
