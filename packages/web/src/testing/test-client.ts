// A client for tests: requests pass through the whole pipeline, without a socket.

import { Application, isApplication, type Logger, type Module } from '@myfy/core'
import { assertKnownOptions, type OptionNames } from '@myfy/core/runtime'
import { createTestApp, type TestApp } from '@myfy/core/testing'
import type { Container } from '@myfy/di'
import type { Client } from '../api-client/client-types.ts'
import { createClient } from '../api-client/create-client.ts'
import { WebError } from '../errors.ts'
import { HTTPTransport } from '../node/http-transport.ts'
import type { Routes } from '../routing/route-spec.ts'
import { WebModule } from '../web-module.ts'
import { moduleNames, type WebModuleOptions } from '../web-module-options.ts'

/** The options of a test client that creates its application. */
export interface TestClientOptions extends WebModuleOptions {
  /** Modules besides the web module. */
  readonly modules?: readonly Module[]
  /** The logger of the application. Default: none. */
  readonly logger?: Logger
  /** Replaces providers for the test: `(container) => container.override(Mailer, { value: fake })`. */
  readonly override?: (container: Container) => void
}

const optionNames: OptionNames<TestClientOptions> = {
  ...moduleNames,
  modules: true,
  logger: true,
  override: true,
}

/** The options of a test request. */
export interface TestRequest extends Omit<RequestInit, 'body'> {
  /** The body, sent as JSON with its content type. */
  readonly json?: unknown
  /** The query, appended to the path. */
  readonly query?: Readonly<Record<string, string>>
  /** The body, sent unchanged. */
  readonly body?: RequestInit['body']
}

const requestNames: OptionNames<TestRequest & { cache?: unknown; priority?: unknown }> = {
  json: true,
  query: true,
  body: true,
  headers: true,
  method: true,
  signal: true,
  cache: true,
  credentials: true,
  dispatcher: true,
  duplex: true,
  integrity: true,
  keepalive: 'boolean',
  mode: true,
  priority: true,
  redirect: true,
  referrer: true,
  referrerPolicy: true,
  window: true,
}

/** The longest time that the connections of `listen` have at the end of a test, in ms. */
const DRAIN_MS = 5_000

/** TestClient sends requests to an application in the same process. `Group` are the groups that `api` can call. */
export class TestClient<Group extends Routes = Routes> implements AsyncDisposable {
  /** The application that answers. */
  readonly app: TestApp
  /** Its web module. */
  readonly web: WebModule
  /** The typed client of `@myfy/web/client`, whose requests pass through the pipeline. */
  readonly api: Client<Group>
  #listening: Promise<HTTPTransport> | undefined

  /** Use {@link createTestClient}. */
  constructor(app: TestApp) {
    this.app = app
    this.web = app.getModule(WebModule)
    this.api = createClient<Group>('http://localhost', { fetch: this.web.fetch })
  }

  /** Sends a request with any method. */
  async request(method: string, path: string, options: TestRequest = {}): Promise<Response> {
    assertKnownOptions(`${method} ${path}`, options, requestNames)
    const { json, query, headers, body, ...rest } = options
    const url = new URL(path, 'http://localhost')
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.append(name, value)
    const sent = new Headers(headers)
    if (json !== undefined && !sent.has('content-type')) sent.set('content-type', 'application/json')
    const content = json === undefined ? body : JSON.stringify(json)
    return this.web.fetch(new Request(url, { ...rest, method, headers: sent, body: content ?? null }))
  }

  /** Sends a GET request. */
  readonly get = (path: string, request?: TestRequest): Promise<Response> =>
    this.request('GET', path, request)
  /** Sends a POST request. */
  readonly post = (path: string, request?: TestRequest): Promise<Response> =>
    this.request('POST', path, request)
  /** Sends a PUT request. */
  readonly put = (path: string, request?: TestRequest): Promise<Response> =>
    this.request('PUT', path, request)
  /** Sends a PATCH request. */
  readonly patch = (path: string, request?: TestRequest): Promise<Response> =>
    this.request('PATCH', path, request)
  /** Sends a DELETE request. */
  readonly delete = (path: string, request?: TestRequest): Promise<Response> =>
    this.request('DELETE', path, request)
  /** Sends a HEAD request. */
  readonly head = (path: string, request?: TestRequest): Promise<Response> =>
    this.request('HEAD', path, request)
  /** Sends an OPTIONS request. */
  readonly options = (path: string, request?: TestRequest): Promise<Response> =>
    this.request('OPTIONS', path, request)

  /**
   * Listens on a free port of this machine, for what needs a socket: a WebSocket, a browser, another client. Returns the
   * URL, without a slash at its end. The options of the module apply, except for its address. A second call returns the
   * same URL.
   *
   * @throws WebError if the application has another transport than `HTTPTransport`
   *
   * @example
   * ```ts
   * import { defineRoutes } from '@myfy/web'
   * import { createTestClient } from '@myfy/web/testing'
   *
   * const routes = defineRoutes('/hello', (route) => [route.get('', () => 'hello')])
   * await using client = await createTestClient({ routes: [routes] })
   * console.log(await (await fetch(`${await client.listen()}/hello`)).text())
   * ```
   */
  async listen(): Promise<string> {
    this.#listening ??= this.#open()
    return (await this.#listening).url!
  }

  async #open(): Promise<HTTPTransport> {
    const [transport] = this.web.transports()
    if (!(transport instanceof HTTPTransport))
      throw new WebError(
        'MYFY_TEST_LISTEN',
        `Cannot listen for the test client: the transport '${transport?.name}' is not an HTTPTransport. Start the application with run() in the test.`,
      )
    const listening = transport.onFreePort()
    const { app } = this
    await listening.listen({ app, logger: app.logger, signal: new AbortController().signal })
    return listening
  }

  /** Stops the application. Requests in flight end first. */
  async close(): Promise<void> {
    const transport = await this.#listening?.catch(() => undefined)
    const end = performance.now() + DRAIN_MS
    await transport?.drain({
      signal: AbortSignal.timeout(DRAIN_MS),
      // The clients of a test may keep their connections.
      interrupted: true,
      remaining: () => Math.max(0, end - performance.now()),
      inFlight: () => this.app.inFlight.list(),
    })
    transport?.close()
    await this.app.stopModules()
  }

  /** The same as `close`: `await using client = …`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/**
 * Starts an application without listening, or one that it creates from the options, and returns a client for it. Its
 * `api` is the typed client of the groups in the options; for an application: `createTestClient<typeof users>(app)`.
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
export async function createTestClient<const Group extends Routes = Routes>(
  from: Application | (TestClientOptions & { readonly routes?: readonly Group[] }),
): Promise<TestClient<Group>> {
  const app = isApplication(from) ? from : applicationOf(from)
  return new TestClient<Group>(await createTestApp(app))
}

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} }

function applicationOf(given: TestClientOptions): Application {
  assertKnownOptions('createTestClient()', given, optionNames)
  const { modules = [], override, logger = silent, ...options } = given
  const app = new Application({ modules: [...modules, new WebModule(options)], logger }) as Application
  return override ? app.override(override) : app
}
