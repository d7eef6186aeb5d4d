// EventsModule: a stream of user changes on all replicas and of the status of this one, for pages and programs.

import { hostname } from 'node:os'
import { type App, BaseModule, type StartContext } from '@myfy/core'
import { defineRoutes, errors, type ServerEvent } from '@myfy/web'
import { Changes, ChangesModule } from './changes.ts'
import { AppSettings } from './settings.ts'

type Send = (event: ServerEvent) => void

const inject = { changes: Changes, settings: AppSettings }

export class EventsModule extends BaseModule {
  override name = 'events'
  override requires = [ChangesModule]
  readonly #clients = new Set<Send>()
  #status = ''

  readonly routes = [
    defineRoutes('/events', (route) => {
      const spec = { inject, timeout: 0, summary: 'Stream changes and the status of the application' }
      route.get('/', spec, ({ changes, settings, stream }) => {
        if (this.#clients.size >= settings.eventClients)
          return errors.serviceUnavailable('too many clients', { headers: { 'retry-after': '5' } })
        // Half as often as by default: a thousand idle clients cost less than 1 % of a core.
        const options = { heartbeat: 30_000 }
        return stream.push((send) => {
          const unsubscribe = changes.subscribe((data) => send({ event: 'change', data }))
          this.#clients.add(send)
          send({ event: 'status', data: this.#status, retry: 1_000 })
          return () => {
            unsubscribe()
            this.#clients.delete(send)
            // The last event of the stream: the page shows the drain, then reconnects to another replica.
            send({ event: 'status', data: this.#status })
          }
        }, options)
      })
    }),
  ]

  override start({ app, defer, every }: StartContext): void {
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
    for (const send of this.#clients) send({ event: 'status', data: status })
  }
}

/** The status that the page shows. Work in flight is counted by kind and label: its size does not grow with clients. */
function statusOf(app: App) {
  const { state, modules, work } = app.status()
  const inFlight = new Map<string, number>()
  for (const { kind, label } of work) {
    const key = `${kind} ${label}`
    inFlight.set(key, (inFlight.get(key) ?? 0) + 1)
  }
  return {
    replica: `${hostname()}:${process.pid}`,
    startedAt: Math.round(performance.timeOrigin),
    state,
    modules,
    inFlight: Object.fromEntries(inFlight),
  }
}
