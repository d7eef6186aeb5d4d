// The events of one lifecycle: kept for the timeline, logged, and published on diagnostics_channel.

import { channel } from 'node:diagnostics_channel'
import { applicationsRunning, runsBegun } from '../process/signals.ts'
import { messageOf } from '../runtime/thrown.ts'
import { EventBus } from './event-bus.ts'
import { renderEvent } from './event-renderer.ts'
import type { EventBody, LifecycleEvent, Phase } from './events.ts'
import { LoggedErrors } from './logged-errors.ts'
import type { Logger } from './logger.ts'
import { ModuleProgress } from './module-progress.ts'
import type { State } from './state.ts'

/** The number of events of the run that are kept. The start and the stop are kept in full. */
const KEPT_OF_RUN = 100

/** The application whose events are logged. */
export interface EventSource {
  readonly state: State
}

/** The events of one application. */
export class EventLog {
  /** The state of each module so far. */
  readonly progress = new ModuleProgress()
  readonly bus: EventBus
  readonly #app: EventSource
  #logger: Logger
  readonly #ofStartAndStop: LifecycleEvent[] = []
  readonly #ofRun: LifecycleEvent[] = []
  readonly #logged = new LoggedErrors()
  /** Undefined before the run. Under a supervisor, the supervisor prints the reason of a failed start or run. */
  #loggedBy: 'own' | 'supervised' | undefined
  /** Set while another process prints the progress of the application. */
  #progressIsPrinted = false
  /** Set while a supervisor replaces an application by another one in this process, which it reports itself. */
  #problemsOnly = false
  /** The name of the application in its lines. */
  #name: string | undefined
  /** The number of the run in this process, which stands for a missing name. */
  #run = 0

  constructor(app: EventSource, logger: Logger, now: () => number, name?: string) {
    this.#app = app
    this.#logger = logger
    this.#name = name
    this.bus = new EventBus(now, (error) => logger.error({ err: error }, 'an event listener failed'))
    const lifecycle = channel('myfy:lifecycle')
    this.bus.on('*', (event) => {
      this.#keep(event)
      this.progress.record(event)
      this.#log(event)
      if (lifecycle.hasSubscribers) lifecycle.publish({ app, event })
    })
  }

  readonly emit = (event: EventBody): void => this.bus.emit(event)

  /** The events that are kept, oldest first. */
  get events(): readonly LifecycleEvent[] {
    return [...this.#ofStartAndStop, ...this.#ofRun].sort((a, b) => a.at - b.at)
  }

  /** Logs the events so far and all that follow. A second call does nothing. */
  startLogging(by: 'own' | 'supervised', isReplacement = false, events: 'all' | 'problems' = 'all'): void {
    if (this.#loggedBy) return
    this.#loggedBy = by
    this.#run = runsBegun() + 1
    this.#problemsOnly = by === 'supervised' && isReplacement
    if (events === 'problems') {
      this.#progressIsPrinted = true
      this.#logger = problemsOnly(this.#logger)
    }
    for (const event of this.events) this.#log(event)
  }

  /** Logs the problems that follow, unless all events are logged: an exit code alone does not name its reason. */
  startLoggingProblems(): void {
    if (this.#loggedBy) return
    this.#loggedBy = 'own'
    this.#logger = problemsOnly(this.#logger)
  }

  // A service may run for years and fail each second: of the run only the latest events are kept, without the objects
  // that their errors hold.
  #keep(event: LifecycleEvent): void {
    const isOfRun = event.type.startsWith('task.') || this.#app.state === 'running'
    if (!isOfRun || event.type === 'state') {
      this.#ofStartAndStop.push(event)
      return
    }
    this.#ofRun.push('error' in event ? { ...event, error: messageOf(event.error) } : event)
    if (this.#ofRun.length > KEPT_OF_RUN) this.#ofRun.shift()
  }

  #log(event: LifecycleEvent): void {
    if (!this.#loggedBy) return
    if (this.#loggedBy === 'supervised' && this.#endsRun(event)) return
    if (event.type === 'stopped' && this.#progressIsPrinted && this.#logged.hasAll(event.errors)) return
    if (event.type === 'stop.requested' && event.reason === 'replaced' && this.#loggedBy === 'supervised')
      this.#problemsOnly = true
    if (this.#loggedBy === 'own' && applicationsRunning() > 1) this.#name ??= String(this.#run)
    const logger = this.#problemsOnly ? problemsOnly(this.#logger) : this.#logger
    renderEvent(event, this.#name === undefined ? logger : named(logger, this.#name), this.#logged)
    if (event.type === 'ready') this.#problemsOnly = false
  }

  /** Reports whether an event tells of a failed start, or of the failure that ends the run. */
  #endsRun(event: LifecycleEvent): boolean {
    if (event.type === 'fatal') return true
    if (event.type === 'task.failed') return event.consequence === 'stop'
    const { state } = this.#app
    const isStart = state === 'initializing' || state === 'starting' || state === 'failed'
    return isStart && FAILED_START.has(event.type) && !('phase' in event && ROLL_BACK.has(event.phase))
  }
}

/** The events of a start that fails. */
const FAILED_START: ReadonlySet<LifecycleEvent['type']> = new Set([
  'failed',
  'module.failed',
  'hook.failed',
  'rollback',
  'stopped',
])

/** The phases of a roll-back. Their failures are logged. */
const ROLL_BACK: ReadonlySet<Phase> = new Set([
  'drain',
  'close',
  'stop',
  'defer',
  'lifespan down',
  'onShutdown',
  'dispose',
  'flush',
])

/** Returns a logger that adds the name of the application to each line. */
function named(logger: Logger, app: string): Logger {
  const log = (level: 'debug' | 'info' | 'warn' | 'error') => (fields: object, message: string) =>
    logger[level]({ app, ...fields }, message)
  return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') }
}

/** Returns a logger that drops everything below warnings. */
function problemsOnly(logger: Logger): Logger {
  const drop = () => {}
  return {
    debug: drop,
    info: drop,
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  }
}
