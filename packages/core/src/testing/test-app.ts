// An application for a test, which stops at the end of the test.

import type { Container } from '@myfy/di'
import { Application, isApplication } from '../application/application.ts'
import { consoleLogger } from '../events/console-logger.ts'
import type { TestTools } from '../modules/module.ts'
import { type ApplicationOptions, applicationNames } from '../phases/options.ts'
import { assertKnownOptions, type OptionNames } from '../runtime/known-options.ts'

/** Options of {@link createTestApp}. */
export interface TestAppOptions<S = undefined> extends ApplicationOptions<S> {
  /**
   * Changes providers after all modules have registered theirs: `(container) => container.override(…)`. A provider value
   * that nothing injects may be overridden: `container.get` and `app.work` may still ask for it.
   */
  readonly override?: (container: Container) => void
}

const optionNames: OptionNames<TestAppOptions<unknown>> = { ...applicationNames, override: true }

/** An application under test, with the tools of its modules: `app.tasks` of `TasksModule`. */
export type TestApp<S = unknown> = Application<S> & TestTools

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
export async function createTestApp<S = undefined>(options?: TestAppOptions<S>): Promise<TestApp<S>>
export async function createTestApp<S = undefined>(app: Application<S>): Promise<TestApp<S>>
export async function createTestApp<S>(
  options: TestAppOptions<S> | Application<S> = {},
): Promise<TestApp<S>> {
  const app = isApplication(options) ? (options as Application<S>) : fromOptions(options)
  await app.startModules()
  const tools = app.modules.map((module) => module.testTools?.(app))
  return Object.assign(app, ...tools) as TestApp<S>
}

function fromOptions<S>(options: TestAppOptions<S>): Application<S> {
  assertKnownOptions('createTestApp()', options, optionNames)
  const { override, ...own } = options
  const app = new Application<S>({ logger: consoleLogger({ level: 'silent' }), ...own })
  return override ? app.override(override) : app
}
