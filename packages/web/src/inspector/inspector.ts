// The inspector: a page about the application at `/_myfy`, in development or with a token.

import type { App } from '@myfy/core'
import { errors } from '../http/http-exception.ts'
import { exchangeOf, type RequestContext } from '../request/request-context.ts'
import { defineRoutes } from '../routing/define-routes.ts'
import type { Routes } from '../routing/route-spec.ts'
import { InspectorAccess } from './inspector-access.ts'
import type { Recorder } from './recorder.ts'

/** Options of the inspector. */
export interface InspectorOptions {
  /** The path. Default: `/_myfy`. */
  readonly path?: string
  /**
   * Opens the inspector outside of `myfy run`, to everyone who sends this text as `Authorization: Bearer`; at least 16
   * characters. The page takes it from its address: `/_myfy#token=…`. Default: none, so that there is no inspector
   * outside of development.
   */
  readonly token?: string
}

/** Inspector answers the requests for the page and its data. It records nothing before it is opened. */
export class Inspector {
  readonly #app: App
  readonly #path: string
  readonly #access: InspectorAccess
  #recorder: Recorder | undefined

  constructor(app: App, { path = '/_myfy', token }: InspectorOptions) {
    this.#app = app
    this.#path = path
    this.#access = new InspectorAccess(token)
  }

  /**
   * Opens the inspector when the transport listens, if the process is in development or there is a token. `memory`
   * outlives the application, so that a reload loses nothing.
   */
  async open(isDevelopment: boolean, memory: Map<string, unknown>): Promise<void> {
    if (!isDevelopment && !this.#access.hasToken) return
    // A process in production loads none of it.
    const { isRecorder, Recorder } = await import('./recorder.ts')
    const known = memory.get(MEMORY)
    if (isRecorder(known)) {
      known.continueWith(this.#app)
      this.#recorder = known
      return
    }
    const recorder = new Recorder(this.#app)
    memory.set(MEMORY, recorder)
    recorder.start()
    this.#recorder = recorder
  }

  /** The routes of the page. They are neither logged nor traced, and run without middleware. */
  get routes(): Routes {
    // Loaded with the first request for them: a process in production never needs them.
    const file = (type: string, load: () => Promise<string>) => async (context: RequestContext) => {
      if (this.#recorder === undefined) throw notFound()
      const refusal = this.#access.hasToken ? undefined : this.#access.refusal(exchangeOf(context))
      if (refusal) throw refusal
      return new Response(await load(), { headers: { ...HEADERS, 'content-type': type } })
    }
    const { prefix, routes } = defineRoutes(this.#path, { hidden: true, timeout: 0 }, (route) => {
      const page = async () => (await import('./page.ts')).PAGE.replaceAll('{path}', this.#path)
      const script = async () => (await import('./page-script.ts')).SCRIPT
      const style = async () => (await import('./page-style.ts')).STYLE
      route.get('/', file('text/html; charset=utf-8', page))
      route.get('/page.js', file('text/javascript; charset=utf-8', script))
      route.get('/page.css', file('text/css; charset=utf-8', style))
      route.get('/data.json', async (context) => {
        const recorder = this.#recorder
        if (recorder === undefined) throw notFound()
        const refusal = this.#access.refusal(exchangeOf(context))
        if (refusal) throw refusal
        const { snapshotOf } = await import('./snapshot.ts')
        const since = Number(new URLSearchParams(exchangeOf(context).search).get('since')) || 0
        return Response.json(await snapshotOf(this.#app, recorder, { since, path: this.#path }), {
          headers: HEADERS,
        })
      })
    })
    return { prefix, routes: routes.map((route) => ({ ...route, bypassMiddleware: true, unobserved: true })) }
  }
}

const MEMORY = 'myfy.web.inspector'

/** The answer of a path without a route: outside of development nothing tells that there is an inspector. */
const notFound = () => errors.notFound('no route matches this path')

const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; img-src data:; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
}
