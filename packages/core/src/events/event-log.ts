// What has happened in one life: kept for its timeline, told to listeners, to diagnostics_channel and to the log.

import { channel } from 'node:diagnostics_channel'
import type { Application } from '../application/application.ts'
import { ModuleProgress } from '../application/status.ts'
import { renderEvent } from './event-renderer.ts'
import { type EventBody, EventBus, type LifecycleEvent } from './events.ts'
import type { Logger } from './logger.ts'

/** How many events a history looks back on; what comes after is not kept. */
const longest = 50_000

/** The events of one application. */
export class EventLog {
  /** What has happened so far, oldest first. */
  readonly events: LifecycleEvent[] = []
  /** How far each module has come by now. */
  readonly progress = new ModuleProgress()
  readonly bus: EventBus
  readonly #app: Application<unknown>
  readonly #logger: Logger
  /** Who tells what happens: nobody before the run, or this application; under a supervisor not why it cannot start. */
  #loggedBy: 'own' | 'supervised' | undefined

  constructor(app: Application<unknown>, logger: Logger, now: () => number) {
    this.#app = app
    this.#logger = logger
    this.bus = new EventBus(now, (error) => logger.error({ err: error }, 'an event listener failed'))
    const lifecycle = channel('myfy:lifecycle')
    this.bus.on('*', (event) => {
      if (this.events.length < longest) this.events.push(event)
      this.progress.record(event)
      this.#log(event)
      if (lifecycle.hasSubscribers) lifecycle.publish({ app, event })
    })
  }

  readonly emit = (event: EventBody): void => this.bus.emit(event)

  /** Logs what has happened and what will. A second call does nothing. */
  startLogging(by: 'own' | 'supervised'): void {
    if (this.#loggedBy) return
    this.#loggedBy = by
    for (const event of this.events) this.#log(event)
  }

  #log(event: LifecycleEvent): void {
    if (!this.#loggedBy) return
    const failure = event.type === 'failed' || event.type === 'module.failed' || event.type === 'hook.failed'
    const { state } = this.#app
    const starting = state === 'initializing' || state === 'starting' || state === 'failed'
    // Whoever leads the run shows it once, with the place in the source.
    if (failure && starting && this.#loggedBy === 'supervised') return
    renderEvent(event, this.#logger)
  }
}
