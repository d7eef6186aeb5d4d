// An application for a test, which stops at the end of the test.

import type { Container } from '@myfy/di'
import { Application } from '../application/application.ts'
import { consoleLogger } from '../events/console-logger.ts'
import type { ApplicationOptions } from '../phases/options.ts'

/** Options of {@link createTestApp}. */
export interface TestAppOptions<S = undefined> extends ApplicationOptions<S> {
  /** Changes providers after all modules have registered theirs: `(container) => container.override(…)`. */
  readonly override?: (container: Container) => void
}

/**
 * Creates an application from options (or takes one that is not initialized) and starts its modules without transports.
 * Disposing it stops it. It logs only to a given logger.
 *
 * @example
 * ```ts
 * import { defineModule } from '@myfy/core'
 * import { createTestApp } from '@myfy/core/testing'
 *
 * await using app = await createTestApp({ modules: [defineModule({ name: 'data' })] })
 * console.log(app.state)
 * ```
 */
export async function createTestApp<S = undefined>(options?: TestAppOptions<S>): Promise<Application<S>>
export async function createTestApp<S = undefined>(app: Application<S>): Promise<Application<S>>
export async function createTestApp<S>(
  options: TestAppOptions<S> | Application<S> = {},
): Promise<Application<S>> {
  const app = options instanceof Application ? options : fromOptions(options)
  await app.startModules()
  return app
}

function fromOptions<S>(options: TestAppOptions<S>): Application<S> {
  const { override, ...own } = options
  const app = new Application<S>({ logger: consoleLogger({ level: 'silent' }), ...own })
  return override ? app.override(override) : app
}
