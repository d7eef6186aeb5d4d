// The inputs of a lifecycle, which its phases share.

import type { Class, Container } from '@myfy/di'
import type { EventBody } from '../events/events.ts'
import type { Logger } from '../events/logger.ts'
import type { HookCaller } from '../hooks/hook-run.ts'
import type { App } from '../modules/app.ts'
import type { Module } from '../modules/module.ts'
import type { WorkTracker } from '../modules/work-tracker.ts'
import type { Host } from '../process/host.ts'
import type { ApplicationOptions, Hook } from './options.ts'

/** The inputs of a lifecycle. */
export interface LifecycleContext {
  readonly app: App
  /** The class of `app`, which is its token. */
  readonly token: Class<App>
  readonly options: ApplicationOptions<unknown>
  readonly modules: Module[]
  readonly onStartup: Hook[]
  readonly onShutdown: Hook[]
  readonly overrides: ReadonlyArray<(container: Container) => void>
  readonly host: Host
  readonly inFlight: WorkTracker
  readonly logger: Logger
  readonly emit: (event: EventBody) => void
  /** Calls the hooks in place of the application; for tests. */
  readonly callHook?: HookCaller | undefined
}
