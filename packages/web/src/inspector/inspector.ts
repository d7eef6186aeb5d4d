// The inspector: a page about the application at `/_myfy`, in development or with a token.

import type { App, Readiness } from '@myfy/core'
import { errors } from '../http/http-exception.ts'
import { exchangeOf } from '../request/request-context.ts'
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
  #module: typeof import('./recorder.ts') | undefined
  #checking: Promise<Readiness> | undefined

  constructor(app: App, { path = '/_myfy', token }: InspectorOptions) {
    this.#app = app
    this.#path = path
    this.#access = new InspectorAccess(token)
  }

  /** Loads the recorder, unless the inspector stays closed: a process in production loads none of it. */
  async load(isDevelopment: boolean): Promise<void> {
    if (isDevelopment || this.#access.hasToken) this.#module = await import('./recorder.ts')
  }

  /**
   * Opens the inspector when the transport listens, if the process is in development or there is a token. `memory`
   * outlives the application, so that a reload loses nothing.
   */
  async open(isDevelopment: boolean, memory: Map<string, unknown>): Promise<void> {
    if (!isDevelopment && !this.#access.hasToken) return
    if (this.#module === undefined) await this.load(isDevelopment)
    const { isRecorder, Recorder } = this.#module!
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
    const { prefix, routes } = defineRoutes(this.#path, { hidden: true, timeout: 0 }, (route) => {
      route.get('/', async (context) => {
        if (this.#recorder === undefined) throw notFound()
        const refusal = this.#access.hasToken ? undefined : this.#access.refusal(exchangeOf(context))
        if (refusal) throw refusal
        // Loaded with the first request for it: a process in production never needs it.
        const { pageAt } = await import('./page.ts')
        const { html, policy } = pageAt(this.#path)
        const type = 'text/html; charset=utf-8'
        return new Response(html, {
          headers: { ...HEADERS, 'content-type': type, 'content-security-policy': policy },
        })
      })
      route.get('/data.json', async (context) => {
        const recorder = this.#recorder
        if (recorder === undefined) throw notFound()
        const refusal = this.#access.refusal(exchangeOf(context))
        if (refusal) throw refusal
        const { snapshotOf } = await import('./snapshot.ts')
        const query = new URLSearchParams(exchangeOf(context).search)
        const since = Number(query.get('since')) || 0
        // The page asks again at once, so that it learns of a stop before the application ceases to answer.
        if (query.has('wait') && this.#app.state === 'running')
          await recorder.changes.after(since, context.signal)
        const readiness = await this.#check(query.has('page') ? PAGE_PATIENCE_MS : undefined)
        const rows = query.has('rows') ? MAX_ROWS : undefined
        const snapshot = snapshotOf(this.#app, recorder, { since, path: this.#path, readiness, rows })
        return Response.json(snapshot, { headers: HEADERS })
      })
    })
    return { prefix, routes: routes.map((route) => ({ ...route, bypassMiddleware: true, unobserved: true })) }
  }

  /** Checks the health of all modules, once at a time. Undefined if it takes longer than `patience` ms. */
  async #check(patience: number | undefined): Promise<Readiness | undefined> {
    this.#checking ??= this.#app.readiness().finally(() => {
      this.#checking = undefined
    })
    if (patience === undefined) return this.#checking
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), patience)
    })
    return Promise.race([this.#checking, late]).finally(() => clearTimeout(timer))
  }
}

/** The time that the page waits for the checks of health, in ms: it is opened when something does not answer. */
const PAGE_PATIENCE_MS = 50

/** The number of rows in the first picture of the page: more than a screen has. The others follow when it is painted. */
const MAX_ROWS = 50

const MEMORY = 'myfy.web.inspector'

/** The answer of a path without a route: outside of development nothing tells that there is an inspector. */
const notFound = () => errors.notFound('no route matches this path')

const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'",
  'cross-origin-resource-policy': 'same-origin',
}
