// EventsModule: a stream of user changes on all replicas and of the life of this one, for the page and for programs.

import { hostname } from 'node:os'
import { type App, Application, BaseModule, type StartContext } from '@myfy/core'
import { DataModule } from '@myfy/data'
import { defineRoutes, errors, type ServerEvent } from '@myfy/web'
import { Changes } from './changes.ts'
import { AppSettings } from './settings.ts'

type Send = (event: ServerEvent) => void
const inject = { changes: Changes, settings: AppSettings, app: Application }

export class EventsModule extends BaseModule {
  override name = 'events'
  override requires = [DataModule]
  readonly #clients = new Set<Send>()
  #status = ''

  readonly routes = [
    defineRoutes('/events', { inject }, (route) => {
      const spec = { timeout: 0, summary: 'Stream changes and the status of the application' }
      route.get('/', spec, ({ changes, settings, app, stream }) => {
        if (this.#clients.size >= settings.eventClients)
          return errors.serviceUnavailable('too many clients', { headers: { 'retry-after': '5' } })
        const open = (send: Send) => {
          const missed = () => send({ event: 'change', data: { type: 'missed' } })
          const unsubscribe = changes.subscribe((data) => send({ event: 'change', data }), missed)
          this.#clients.add(send)
          send({ event: 'boot', data: bootOf(app), retry: 1_000 })
          send({ event: 'status', data: this.#status })
          return () => {
            unsubscribe()
            this.#clients.delete(send)
            // The last event of the stream: the page shows the drain, then reconnects to another replica.
            send({ event: 'status', data: this.#status })
          }
        }
        // A heartbeat half as often as by default: a thousand idle clients cost less than 1 % of a core.
        return stream.push(open, { heartbeat: 30_000 })
      })
    }),
  ]

  override start({ app, defer, every }: StartContext): void {
    defer(app.on('ready', () => this.#send({ event: 'boot', data: bootOf(app) })))
    this.#update(app)
    // Once a second for all clients, and only if something has changed: an idle client costs nothing.
    let [tick, size] = [0, -1]
    every(1_000, 'update status', () => {
      // Listing the work is linear in the clients: every fifth time is enough while their number does not change.
      if (app.inFlight.size === size && ++tick % 5 !== 0) return
      size = app.inFlight.size
      this.#update(app)
    })
    defer(app.on('*', () => this.#update(app)))
  }

  #update(app: App): void {
    const status = JSON.stringify(statusOf(app))
    if (status === this.#status) return
    this.#status = status
    this.#send({ event: 'status', data: status })
  }

  #send(event: ServerEvent): void {
    for (const send of this.#clients) send(event)
  }
}

/** The start, which does not change while a client is connected. */
function bootOf(app: App) {
  const { steps, origin, criticalMs } = app.timeline()
  const { drain, stop } = app.budget
  const [age, development] = [performance.now() - origin, process.env.NODE_ENV !== 'production']
  return { steps, origin, age, criticalMs, budget: { drain, stop }, node: process.versions.node, development }
}

/** The status that the page shows. Work in flight is counted by kind and label: its size does not grow with clients. */
function statusOf(app: App) {
  const { state, modules, work } = app.status()
  const inFlight: Record<string, number> = {}
  for (const { kind, label } of work) inFlight[`${kind} ${label}`] = (inFlight[`${kind} ${label}`] ?? 0) + 1
  return { replica: `${hostname()}:${process.pid}`, state, modules, inFlight }
}
