// createClient: a typed client over fetch.

import type { Routes } from '../routing/route-spec.ts'
import { ClientError } from './client-error.ts'
import type { Client } from './client-types.ts'
import { fillPattern } from './fill-pattern.ts'

/** The options of a client. */
export interface ClientOptions {
  /** Headers of every request, or a function that returns them: a token that is renewed. Default: none. */
  readonly headers?: HeadersSource | (() => HeadersSource | Promise<HeadersSource>)
  /** Sends the requests. Default: `fetch`. */
  readonly fetch?: (request: Request) => Promise<Response>
  /** Sends cookies to other origins as well, with `include`. Default: that of `fetch`, `same-origin`. */
  readonly credentials?: 'omit' | 'same-origin' | 'include'
}

/** Headers by name. Those that are undefined are left out. */
export type HeadersSource = Readonly<Record<string, string | undefined>>

interface Input {
  readonly params?: Readonly<Record<string, unknown>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, unknown>>
  readonly body?: unknown
  readonly signal?: AbortSignal
}

/**
 * Creates a client for the routes of a group. Their types come from the server, by an `import type`; no code does.
 *
 * The promise of a request resolves for every status: compare `status` or `ok`. It rejects if no response arrives.
 *
 * @param baseUrl - the address of the API, with a prefix where it has one; in a browser a path, or `''` for the server of the
 *   page
 *
 * @example
 * ```ts
 * import { defineRoutes, errors } from '@myfy/web'
 * import { createClient } from '@myfy/web/client'
 *
 * const users = defineRoutes('/users', (route) => [
 *   route.get('/:id', ({ params }) => (params.id === '1' ? { name: 'Ada' } : errors.notFound('no such user'))),
 * ])
 *
 * export async function nameOf(id: number): Promise<string> {
 *   const client = createClient<typeof users>('https://api.example.com')
 *   const answer = await client.get('/users/:id', { params: { id } })
 *   return answer.ok ? answer.data.name : (answer.data.detail ?? answer.data.title)
 * }
 * ```
 */
export function createClient<Group extends Routes>(
  baseUrl: string | URL,
  options: ClientOptions = {},
): Client<Group> {
  assertOptions('createClient()', options, { headers: true, fetch: true, credentials: true })
  const base = String(baseUrl).replace(/\/+$/, '')
  const method =
    (name: string) =>
    async (path: string, input: Input = {}) => {
      assertOptions(`${name} ${path}`, input, inputNames)
      const { params = {}, query = {}, body, signal } = input
      const url = new URL(absolute(base) + fillPattern(path, params))
      for (const [key, value] of Object.entries(query))
        for (const one of Array.isArray(value) ? value : [value])
          if (one !== undefined && one !== null) url.searchParams.append(key, String(one))
      const { headers: shared, credentials } = options
      const headers = new Headers()
      for (const some of [typeof shared === 'function' ? await shared() : shared, input.headers])
        for (const [key, value] of Object.entries(some ?? {}))
          if (value !== undefined) headers.set(key, String(value))
      const isForm = body instanceof FormData || body instanceof URLSearchParams
      if (body !== undefined && !isForm) headers.set('content-type', 'application/json')
      const request = new Request(url, {
        method: name,
        headers,
        body: body === undefined || isForm ? body : JSON.stringify(body),
        ...(signal && { signal }),
        ...(credentials && { credentials }),
      })
      const response = await (options.fetch ?? fetch)(request)
      const { ok, status } = response
      return { ok, status, data: await dataOf(response), response }
    }
  const names = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options'] as const
  const client = Object.fromEntries(names.map((name) => [name, method(name.toUpperCase())]))
  // The methods have the types of the routes, which do not exist at run time.
  return client as unknown as Client<Group>
}

/** The address of an API without a trailing slash. A browser resolves a path against that of the page. */
function absolute(base: string): string {
  const page = (globalThis as { readonly location?: { readonly href: string } }).location?.href
  if (URL.canParse(`${base}/`, page)) return new URL(`${base}/`, page).href.slice(0, -1)
  throw new ClientError(
    `Cannot call '${base}': it is not the address of an API. Pass an absolute URL to createClient(); only browsers resolve a path.`,
  )
}

const inputNames: Readonly<Record<keyof Input, true>> = {
  params: true,
  query: true,
  headers: true,
  body: true,
  signal: true,
}

/** Refuses an option that does not exist. Browsers load this file without `assertKnownOptions` of core. */
function assertOptions<T extends object>(
  of: string,
  options: T,
  names: Readonly<Record<keyof T, true>>,
): void {
  for (const name of Object.keys(options))
    if (!Object.hasOwn(names, name))
      throw new ClientError(
        `Cannot use the option '${name}' of ${of}: it does not exist. Use ${Object.keys(names).join(', ')}.`,
        'MYFY_OPTION_UNKNOWN',
      )
}

/** The body of a response; undefined for one that is not JSON or text, which remains unread. */
async function dataOf(response: Response): Promise<unknown> {
  const type = response.headers.get('content-type') ?? ''
  if (/^text\/(?!event-stream)/i.test(type)) return response.text()
  if (!/^application\/(?:[^;]+\+)?json\b/i.test(type)) return undefined
  const text = await response.text()
  // The answer to HEAD has the type of a body, and no body.
  return text === '' ? undefined : JSON.parse(text)
}
