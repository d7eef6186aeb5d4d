// mountNode: an application of node:http below a prefix.

import type { Duration } from '@myfy/core'
import { assertKnownOptions } from '@myfy/core/runtime'
import { RouteError } from '../errors.ts'
import { pathBelow } from '../http/request-target.ts'
import { exchangeOf, type RequestContext } from '../request/request-context.ts'
import { NodeAnswer, type NodeHandler, type NodeUpgrade } from '../response/node-handler.ts'
import { assertAmounts, assertTimes } from '../routing/assert-options.ts'
import type { Route, Routes } from '../routing/route-spec.ts'
import { parsePrefix } from './mount.ts'

/** The options of {@link mountNode}. */
export interface MountNodeOptions {
  /** The time until the head of the answer, after which the client receives a 503; 0 for none. Default: that of the module. */
  readonly timeout?: Duration
  /** The maximum size of a request body in bytes; more is a 413. Default: that of the module, 1 MiB. */
  readonly bodyLimit?: number
  /**
   * Receives the handshakes of WebSockets below the prefix, as a listener of `server.on('upgrade')`: it checks the origin
   * and speaks the protocol. The drain closes its connections with 1001. Default: none, and a handshake is a request.
   */
  readonly upgrade?: NodeUpgrade
}

/**
 * Passes every request below a prefix to an application of node:http: Express, Connect, `fastify.routing` of a ready
 * Fastify, `app.getHttpAdapter().getInstance()` of Nest. It receives the path without the prefix, and the body unread.
 * It is part of the drain: its open requests are answered, its event streams end, its connections close in order.
 *
 * The application writes its answer itself, after the middleware of the module. Middleware can refuse a request and set
 * headers, which the application may override; it cannot read the body of the answer. An error or `next()` becomes a
 * problem document.
 *
 * @throws RouteError if the prefix is not valid, or the handler is not a function
 *
 * @example
 * ```ts
 * import type { IncomingMessage, ServerResponse } from 'node:http'
 * import { mountNode, WebModule } from '@myfy/web'
 *
 * const legacy = (request: IncomingMessage, response: ServerResponse) => {
 *   response.end(`legacy ${request.url}`)
 * }
 * export const web = new WebModule({
 *   routes: [mountNode('/legacy', legacy, { timeout: 60_000, bodyLimit: 10_000_000 })],
 * })
 * ```
 */
export function mountNode(prefix: string, handler: NodeHandler, options: MountNodeOptions = {}): Routes {
  const base = parsePrefix(prefix)
  const name = `ANY ${base}/**`
  if (typeof handler !== 'function')
    throw new RouteError(
      name,
      'the handler is not a function',
      'Pass the application, or its request listener',
    )
  assertKnownOptions(`mountNode('${prefix}')`, options, {
    timeout: true,
    bodyLimit: true,
    upgrade: true,
  })
  const { timeout, bodyLimit, upgrade } = options
  if (upgrade !== undefined && typeof upgrade !== 'function')
    throw new RouteError(
      name,
      'the option `upgrade` is not a function',
      "Pass a function of the request, the socket and the head, as for server.on('upgrade')",
    )
  assertTimes(name, { timeout })
  assertAmounts(name, 'bytes', { bodyLimit })
  const route: Route = {
    method: 'ANY',
    pattern: `${base}/**`,
    spec: {
      hidden: true,
      ...(timeout !== undefined && { timeout }),
      ...(bodyLimit !== undefined && { bodyLimit }),
    },
    ...(upgrade && { acceptsUpgrade: true }),
    handler: (context: RequestContext) => {
      const { path, search, pattern } = exchangeOf(context)
      return new NodeAnswer(handler, pathBelow(path, pattern!) + search, path + search, upgrade)
    },
  }
  return { prefix: base, routes: [route] }
}
