// proxy: another server below a prefix.

import type { Duration } from '@myfy/core'
import { assertKnownOptions, clauseOf, formatDuration } from '@myfy/core/runtime'
import { RouteError, WebError } from '../errors.ts'
import { HTTPException } from '../http/http-exception.ts'
import { pathBelow } from '../http/request-target.ts'
import { loadH3 } from '../request/h3.ts'
import type { RequestContext } from '../request/request-context.ts'
import { assertAmounts, timeOf } from '../routing/assert-options.ts'
import type { Route, Routes } from '../routing/route-spec.ts'
import { parsePrefix } from './mount.ts'

/** The options of {@link proxy}. */
export interface ProxyOptions {
  /** The time until the head of the answer, after which the client receives a 504. Default: 30 s. */
  readonly timeout?: Duration
  /** The maximum size of a request body in bytes; more is a 413. Default: that of the module, 1 MiB. */
  readonly bodyLimit?: number
  /** Headers of the forwarded requests, for example credentials. They replace those of the client. Default: none. */
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * Forwards every request below a prefix to another server, by h3: bodies are streamed, fields of the connection are not
 * passed on, `X-Forwarded-For`, `-Host` and `-Proto` name the client, and a `Location` of the server leads to this one. A
 * server that cannot be reached is a 502, whose reason is in the log alone. WebSockets are not forwarded.
 *
 * @param prefix - `/old`, which may contain parameters; the server receives the path below it
 * @param target - the address of the server: `http://localhost:9000/base`
 * @throws RouteError if the prefix or the target is not valid
 *
 * @example
 * ```ts
 * import { proxy, WebModule } from '@myfy/web'
 *
 * export const web = new WebModule({
 *   routes: [proxy('/old', 'http://localhost:9000', { timeout: 10_000, bodyLimit: 10_000_000 })],
 * })
 * ```
 */
export function proxy(prefix: string, target: string | URL, options: ProxyOptions = {}): Routes {
  const base = parsePrefix(prefix)
  const name = `ANY ${base}/**`
  assertKnownOptions(`proxy('${prefix}')`, options, { timeout: true, bodyLimit: true, headers: true })
  const { bodyLimit, headers } = options
  const timeout = timeOf(name, 'timeout', options.timeout) ?? 30_000
  assertAmounts(name, 'bytes', { bodyLimit })
  const server = parseTarget(name, target)
  const route: Route = {
    method: 'ANY',
    pattern: `${base}/**`,
    // The time limit is that of the other server, so that the client receives a 504.
    spec: { hidden: true, timeout: 0, ...(bodyLimit !== undefined && { bodyLimit }) },
    async handler({ event, path, url, route: pattern }: RequestContext) {
      const { proxyRequest } = await loadH3()
      const below = pathBelow(path, pattern!)
      const address = server + below + url.search
      try {
        const answer = await proxyRequest(await event(), address, {
          xfwd: true,
          timeout,
          filterHeaders: FORWARDED,
          locationRewrite: false,
          ...(headers && { headers }),
        })
        const location = answer.headers?.get('location')
        const own = path.endsWith(below) ? path.slice(0, path.length - below.length) : path
        if (location) answer.headers!.set('location', ownLocation(location, address, server, own))
        if (answer.body instanceof ReadableStream) answer.body = bodyOf(answer.body, server)
        return answer
      } catch (error) {
        // The body of the client was refused while it was forwarded.
        throw refusalIn(error) ?? unanswered(error, server, timeout)
      }
    },
  }
  return { prefix: base, routes: [route] }
}

/** Fields of the client that the server would take for those of this proxy. */
const FORWARDED = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
]

/** Returns a location of the server as the path of this one; locations outside of what is forwarded stay. */
function ownLocation(location: string, address: string, server: string, own: string): string {
  if (!URL.canParse(location, address)) return location
  const url = new URL(location, address)
  const { origin, pathname } = new URL(server)
  const base = pathname.replace(/\/$/, '')
  const isForwarded = url.origin === origin && (url.pathname === base || url.pathname.startsWith(`${base}/`))
  return isForwarded ? own + url.pathname.slice(base.length) + url.search + url.hash : location
}

/** Returns the address of a server without a trailing slash. */
function parseTarget(name: string, target: string | URL): string {
  const text = String(target)
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '')
    throw new RouteError(
      name,
      `the target ${JSON.stringify(text.replace(/\/\/[^/@]*@/, '//'))} is not the address of a server`,
      "Pass an http or https URL without a query: 'http://localhost:9000'",
    )
  if (url.username !== '' || url.password !== '')
    throw new RouteError(name, 'the target contains credentials', 'Pass them in headers.authorization')
  return url.href.replace(/\/+$/, '')
}

/** Returns the body of an answer. If it ends too soon, the error for the log names the server. */
function bodyOf(body: ReadableStream<Uint8Array>, server: string): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read()
          if (done) controller.close()
          else controller.enqueue(value)
        } catch (error) {
          controller.error(brokenOff(error, server))
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    // Nothing is read ahead of the client.
    { highWaterMark: 0 },
  )
}

function brokenOff(error: unknown, server: string): unknown {
  // The client has left.
  if ((error as { name?: unknown } | undefined)?.name === 'AbortError') return error
  // The error of `fetch` says `terminated`; the one behind it says why.
  const reason = (error as { cause?: unknown } | undefined)?.cause ?? error
  return new WebError(
    'MYFY_PROXY_FAILED',
    `Cannot forward the whole answer of ${server}: ${clauseOf(reason)}. Look into the log of that server.`,
    { cause: reason },
  )
}

/** Returns the error for the client of a server that does not answer. Its cause, for the log, has the reason. */
function unanswered(error: unknown, server: string, timeout: number): unknown {
  const { name, status, cause } = error as { name?: string; status?: number; cause?: { cause?: unknown } }
  if (name !== 'HTTPError' || (status !== 502 && status !== 504)) return error
  // The error of `fetch` says only that it failed; the one behind it says why.
  const failed = cause?.cause as Error | undefined
  const reason = failed?.cause ?? failed ?? error
  const subject = `Cannot forward a request to ${server}`
  return new HTTPException(status, {
    cause:
      status === 504
        ? new WebError(
            'MYFY_PROXY_TIMEOUT',
            `${subject}: it has not answered within ${formatDuration(timeout)}. Look into its log, or raise the option \`timeout\` of the proxy.`,
            { cause: reason },
          )
        : new WebError(
            'MYFY_PROXY_FAILED',
            `${subject}: ${clauseOf(reason)}. Start that server, or correct the target of the proxy.`,
            { cause: reason },
          ),
  })
}

function refusalIn(error: unknown): HTTPException | undefined {
  // A cause of h3 is a plain object between two errors.
  let at = error
  for (let depth = 0; depth < 8 && typeof at === 'object' && at !== null; depth++) {
    if (at instanceof HTTPException) return at
    at = (at as { cause?: unknown }).cause
  }
  return undefined
}
