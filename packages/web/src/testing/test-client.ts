// A client for tests: the whole way of a request, without a socket.

import { Application, isApplication, type Logger, type Module } from '@myfy/core'
import type { Container } from '@myfy/di'
import { WebModule, type WebModuleOptions } from '../web-module.ts'

/** What a test client is made of, when there is no application yet. */
export interface TestClientOptions extends WebModuleOptions {
  /** Modules besides the web module. */
  readonly modules?: readonly Module[]
  /** Where the application writes. Default: nowhere. */
  readonly logger?: Logger
  /** Changes providers for the test: `(container) => container.override(Mailer, { value: fake })`. */
  readonly override?: (container: Container) => void
}

/** A request of a test. */
export interface TestRequest extends Omit<RequestInit, 'body'> {
  /** Sent as JSON, with its content type. */
  readonly json?: unknown
  /** Added to the path. */
  readonly query?: Readonly<Record<string, string>>
  /** Sent as it is. */
  readonly body?: RequestInit['body']
}

/** Sends requests to an application in the same process. */
export class TestClient implements AsyncDisposable {
  /** The application behind it. */
  readonly app: Application
  /** Its web module. */
  readonly web: WebModule

  /** Use {@link createTestClient}. */
  constructor(app: Application) {
    this.app = app
    this.web = app.getModule(WebModule)
  }

  /** Sends any request. */
  async request(
    method: string,
    path: string,
    { json, query, headers, body, ...rest }: TestRequest = {},
  ): Promise<Response> {
    const url = new URL(path, 'http://localhost')
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.append(name, value)
    const sent = new Headers(headers)
    if (json !== undefined && !sent.has('content-type')) sent.set('content-type', 'application/json')
    const content = json === undefined ? body : JSON.stringify(json)
    return this.web.fetch(new Request(url, { ...rest, method, headers: sent, body: content ?? null }))
  }

  /** Reads. */
  readonly get = (path: string, request?: TestRequest): Promise<Response> =>
    this.request('GET', path, request)
  /** Creates, or does something. */
  readonly post = (path: string, request?: TestRequest): Promise<Response> =>
    this.request('POST', path, request)
  /** Replaces. */
  readonly put = (path: string, request?: TestRequest): Promise<Response> =>
    this.request('PUT', path, request)
  /** Changes a part. */
  readonly patch = (path: string, request?: TestRequest): Promise<Response> =>
    this.request('PATCH', path, request)
  /** Removes. */
  readonly delete = (path: string, request?: TestRequest): Promise<Response> =>
    this.request('DELETE', path, request)

  /** Stops the application. */
  async close(): Promise<void> {
    await this.app.stopModules()
  }

  /** The same as `close`: `await using client = …`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/**
 * Starts an application (without listening) and gives a client for it; or makes one out of routes.
 *
 * @example
 * ```ts
 * import { defineRoutes } from '@myfy/web'
 * import { createTestClient } from '@myfy/web/testing'
 *
 * const hello = defineRoutes('/hello', (route) => {
 *   route.get('/:name', ({ params }) => ({ hello: params.name }))
 * })
 * await using client = await createTestClient({ routes: [hello] })
 * const response = await client.get('/hello/Ada')
 * console.log(response.status, await response.json())
 * ```
 */
export async function createTestClient(from: Application | TestClientOptions): Promise<TestClient> {
  const app = isApplication(from) ? from : applicationOf(from)
  await app.startModules()
  return new TestClient(app)
}

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} }

function applicationOf({
  modules = [],
  override,
  logger = silent,
  ...options
}: TestClientOptions): Application {
  const app = new Application({ modules: [...modules, new WebModule(options)], logger }) as Application
  return override ? app.override(override) : app
}
