// The record of a development process: its requests with their spans and log lines, its tasks, its reloads.

import { AsyncLocalStorage } from 'node:async_hooks'
import { channel } from 'node:diagnostics_channel'
import {
  type App,
  type LifecycleEvent,
  type LogRecord,
  observeTraces,
  type RequestTrace,
  type TraceMessage,
  traceChannel,
} from '@myfy/core'
import { jsonValue, messageOf } from '@myfy/core/runtime'
import { Changes } from './changes.ts'
import { Drains } from './drains.ts'
import { RecordingLimit } from './recording-limit.ts'
import { type ReloadRecord, type SpanRecord, takeOldest, type WorkRecord } from './records.ts'

/** The number of requests, tasks and reloads that are kept, and of the spans and log lines of each. */
const MAX_REQUESTS = 500
const MAX_TASKS = 100
const MAX_RELOADS = 50
const MAX_PARTS = 100

/** A request or a task that has not ended, with the time at which it began, by `performance.now()`. */
interface OpenWork {
  readonly record: WorkRecord
  readonly began: number
}

/** Recorder keeps what the channels publish. It outlives an application: a reload passes it on. */
export class Recorder {
  readonly kind = 'myfy.web.recorder'
  readonly requests: WorkRecord[] = []
  readonly tasks: WorkRecord[] = []
  readonly reloads: ReloadRecord[] = []
  /** The time that each module took to stop when it was last stopped, in ms. */
  readonly stopMs = new Map<string, number>()
  /** The problems of the lifecycle, newest last. */
  readonly problems: Array<{ readonly at: number; readonly text: string }> = []
  readonly changes = new Changes()
  readonly drains = new Drains()
  /** The number of works that were recorded. */
  #count = 0
  #limit: RecordingLimit | undefined
  readonly #storage = new AsyncLocalStorage<OpenWork>()
  readonly #works = new WeakMap<object, OpenWork>()
  /** The number of works that have not ended. */
  #open = 0
  readonly #byId = new Map<string, OpenWork>()
  readonly #spans = new WeakMap<object, { readonly span: SpanRecord; readonly began: number }>()
  #reloadBegan = 0
  #app: Pick<App, 'redact'>

  /** @param app - the application that knows which settings are secret */
  constructor(app: Pick<App, 'redact'>) {
    this.#app = app
  }

  /** Continues the record with the application that replaces the one before. */
  continueWith(app: Pick<App, 'redact'>): void {
    this.#app = app
  }

  /** Subscribes to the channels of the process. Returns the function that unsubscribes. */
  start(): () => void {
    const { asyncEnd } = traceChannel('request')
    const ended = (message: unknown) => {
      if (this.#ended(message as RequestTrace)) this.#limit?.ended()
    }
    asyncEnd.subscribe(ended)
    const lines = channel('myfy:log')
    const line = (record: unknown) => this.#line(record as LogRecord)
    const requests = () =>
      this.#record('request', (message) => this.#request(message), this.requests, MAX_REQUESTS)
    const parts = () => {
      const ends = [
        this.#follow('handler', ({ route }) => route),
        this.#follow('service', ({ service }) => service),
        this.#follow('transaction', ({ name }) => name),
        this.#follow('send', ({ destination }) => destination),
        () => lines.unsubscribe(line),
      ]
      lines.subscribe(line)
      return () => {
        for (const end of ends) end()
      }
    }
    const limit = new RecordingLimit({ requests, parts }, () => this.#cut())
    this.#limit = limit
    const stops = [
      () => limit.end(),
      () => asyncEnd.unsubscribe(ended),
      this.#record('task', ({ task, module }) => this.#task(task, module), this.tasks, MAX_TASKS),
      observeTraces('task', { end: (message) => this.#ended(message) }),
      observeTraces('reload', {
        start: (message) => this.#reload(message.files),
        end: ({ error }) => this.#reloaded(error),
      }),
    ]
    const lifecycle = channel('myfy:lifecycle')
    const event = (message: unknown) => this.#event(message as { app: unknown; event: LifecycleEvent })
    lifecycle.subscribe(event)
    return () => {
      for (const stop of stops) stop()
      lifecycle.unsubscribe(event)
    }
  }

  /** True if the limit of recording was reached in the last few seconds: further requests are not in the record. */
  get isLimited(): boolean {
    return this.#limit?.isReached === true
  }

  /** The version of the record. */
  get version(): number {
    return this.changes.version
  }

  /** Returns the requests that have changed since a version, oldest first. */
  requestsSince(version: number): readonly WorkRecord[] {
    return version === 0 ? this.requests : this.requests.filter((request) => request.version > version)
  }

  #record<N extends 'request' | 'task'>(
    name: N,
    create: (message: Parameters<Parameters<typeof observeTraces<N>>[1]['start'] & object>[0]) => WorkRecord,
    list: WorkRecord[],
    max: number,
  ): () => void {
    const { start } = traceChannel(name)
    start.bindStore(this.#storage, (message) => {
      const record = create(message as never)
      const work = { record, began: performance.now() }
      this.#works.set(message as object, work)
      this.#open++
      this.#byId.set(record.id, work)
      list.push(record)
      if (list.length > max) this.#forget(takeOldest(list, name === 'task'))
      this.#touch(record)
      return work
    })
    return () => void start.unbindStore(this.#storage)
  }

  #forget(record: WorkRecord): void {
    // A later request may have the same id: that of their trace.
    if (this.#byId.get(record.id)?.record === record) this.#byId.delete(record.id)
  }

  #cut(): void {
    for (const work of [...this.requests, ...this.tasks]) if (work.ms === undefined) work.partial = true
    this.#disable()
  }

  /** Before Node 24, a store in use makes every asynchronous call more expensive. The next work enables it again. */
  readonly #disable = () => this.#storage.disable()

  #request({ id, kind, method, route }: RequestTrace): WorkRecord {
    this.#limit?.count()
    const name = `${method} ${route ?? '(no route)'}`
    return {
      serial: ++this.#count,
      version: 0,
      id,
      kind,
      name,
      began: Date.now(),
      method,
      ...(route !== undefined && { route }),
      spans: [],
      lines: [],
    }
  }

  #task(task: string, module: string | undefined): WorkRecord {
    const name = this.#app.redact(module === undefined ? task : `${module}: ${task}`)
    const id = `task-${this.changes.add()}`
    return {
      serial: ++this.#count,
      version: 0,
      id,
      kind: 'task',
      name,
      began: Date.now(),
      spans: [],
      lines: [],
    }
  }

  /** Reports whether the work of the message is recorded. */
  #ended(message: TraceMessage & Partial<RequestTrace>): boolean {
    const open = this.#works.get(message)
    if (open === undefined) return false
    this.#works.delete(message)
    this.#open--
    const { record, began } = open
    const { status, bytes, complete, error } = message
    record.ms = rounded(performance.now() - began)
    if (status !== undefined) {
      record.status = status
      record.bytes = bytes!
    }
    if (complete === false) record.incomplete = true
    if (error !== undefined) record.error = this.#describe(error)
    this.#touch(record)
    return true
  }

  #describe(error: unknown): WorkRecord['error'] {
    const { name = 'Error', code } = (error ?? {}) as { name?: string; code?: unknown }
    const message = this.#messageOf(error)
    return { name, message, ...(typeof code === 'string' && { code }) }
  }

  #messageOf(error: unknown): string {
    return this.#app.redact(messageOf(error))
  }

  #follow<N extends 'handler' | 'service' | 'transaction' | 'send'>(
    kind: N,
    nameOf: (message: Parameters<Parameters<typeof observeTraces<N>>[1]['start'] & object>[0]) => string,
  ): () => void {
    return observeTraces(kind, {
      start: (message) => {
        const work = this.#storage.getStore()
        if (work === undefined || work.record.spans.length >= MAX_PARTS) return
        const { attributes } = message
        const span: SpanRecord = {
          kind,
          name: this.#app.redact(nameOf(message)),
          at: rounded(performance.now() - work.began),
          ...(attributes && { attributes: this.#app.redact(attributes) }),
        }
        work.record.spans.push(span)
        this.#spans.set(message, { span, began: performance.now() })
      },
      end: (message) => {
        const open = this.#spans.get(message)
        if (open === undefined) return
        open.span.ms = rounded(performance.now() - open.began)
        if (message.error !== undefined) open.span.error = this.#messageOf(message.error)
      },
    })
  }

  #line({ level, message, fields }: LogRecord): void {
    const { id, ...rest } = fields as { id?: unknown }
    const work = typeof id === 'string' ? this.#byId.get(id) : this.#storage.getStore()
    if (work === undefined || work.record.lines.length >= MAX_PARTS) return
    const at = rounded(performance.now() - work.began)
    work.record.lines.push({ level, message, fields: jsonValue(rest), at })
    this.#touch(work.record)
  }

  #reload(files: readonly string[]): void {
    if (this.#open === 0) this.#disable()
    this.#reloadBegan = performance.now()
    this.reloads.push({ began: Date.now(), files, reused: [], replaced: [] })
    if (this.reloads.length > MAX_RELOADS) this.reloads.shift()
    this.changes.add()
  }

  #reloaded(error: unknown): void {
    const reload = this.reloads.at(-1)
    if (reload === undefined) return
    reload.ms = Math.round(performance.now() - this.#reloadBegan)
    if (error !== undefined) reload.error = this.#messageOf(error)
    this.changes.add()
  }

  #event({ app, event }: { readonly app: unknown; readonly event: LifecycleEvent }): void {
    if (event.type === 'drain.finished') this.drains.end(app)
    if (event.type === 'state') return this.changes.addUrgent()
    const reload = this.reloads.at(-1)
    const isReloading = reload !== undefined && reload.ms === undefined
    if (event.type === 'module.reused' && isReloading) reload.reused.push(event.module)
    else if (event.type === 'module.replaced' && isReloading)
      reload.replaced.push({ module: event.module, reason: event.reason })
    else if (event.type === 'module.stopped') this.stopMs.set(event.module, event.ms)
    else if (event.type === 'drain.progress') this.drains.progress(app, this.#app.redact(event.waitingFor))
    else if (event.type === 'module.failed' || event.type === 'hook.failed' || event.type === 'task.failed') {
      const owner = 'module' in event ? event.module : event.owner
      this.problems.push({ at: Date.now(), text: `${owner}: ${this.#messageOf(event.error)}` })
      if (this.problems.length > MAX_PARTS) this.problems.shift()
    } else if (!/^module\.(?:un)?healthy$|^drain\.finished$/.test(event.type)) return
    this.changes.add()
  }

  #touch(record: WorkRecord): void {
    record.version = this.changes.add()
  }
}

const rounded = (ms: number): number => Math.round(ms * 100) / 100

/** Reports whether a value is a recorder, also of another copy of this package. */
export const isRecorder = (value: unknown): value is Recorder =>
  (value as { kind?: unknown } | undefined)?.kind === 'myfy.web.recorder'
