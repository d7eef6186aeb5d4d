// What all phases of a life share.

import type { Class, Container } from '@myfy/di'
import type { Application } from '../application/application.ts'
import type { EventBody } from '../events/events.ts'
import type { Logger } from '../events/logger.ts'
import type { Module } from '../modules/module.ts'
import type { WorkTracker } from '../modules/work-tracker.ts'
import type { Host } from '../process/host.ts'
import type { ApplicationOptions, Hook } from './options.ts'

/** What the application gives to its life. */
export interface LifecycleContext {
  readonly app: Application<unknown>
  /** The class of `app`, as its token: importing it here would be a circular import. */
  readonly token: Class<Application<unknown>>
  readonly options: ApplicationOptions<unknown>
  readonly modules: Module[]
  readonly onStartup: Hook[]
  readonly onShutdown: Hook[]
  readonly overrides: ReadonlyArray<(container: Container) => void>
  readonly host: Host
  readonly inFlight: WorkTracker
  readonly logger: Logger
  readonly emit: (event: EventBody) => void
}
