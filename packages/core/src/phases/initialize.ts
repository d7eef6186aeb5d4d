// The first phase of a life: settings are read, modules ordered and configured, the whole graph verified. No I/O but
// env files.

import type { HookPolicy } from '../hooks/hook-policy.ts'
import { fitBudget } from '../hooks/shutdown-budget.ts'
import { equal } from '../modules/module-reuse.ts'
import type { Environment } from '../settings/environment.ts'
import type { Settings, SettingsVariable } from '../settings/settings.ts'
import { type AssembledPredecessor, Assembly, type AssemblyParts, takeSnapshots } from './assembly.ts'
import { readConfiguration } from './configuration.ts'
import type { LifecycleContext } from './context.ts'

/** The life before, as far as the first phase of the next one reads it. */
export interface InitializedPredecessor extends AssembledPredecessor {
  readonly settings: ReadonlyMap<Settings, unknown>
}

/** What the first phase has found and built so far: hooks that run in it may ask for it already. */
export class Initialization {
  environment: Environment | undefined
  variables: readonly SettingsVariable[] = []
  settings: ReadonlyMap<Settings, unknown> = new Map()
  assembly: Assembly | undefined

  /** Reads, orders, configures and verifies. */
  async run(
    context: LifecycleContext,
    policy: HookPolicy,
    predecessor?: InitializedPredecessor,
  ): Promise<Assembly> {
    const { app, token, options, modules, overrides, host, emit } = context
    const snapshots = takeSnapshots(modules)
    const configuration = await readConfiguration(options, modules, host, emit)
    const { environment, settings, variables, order } = configuration
    this.environment = environment
    this.variables = variables
    this.settings = predecessor ? sameWhereEqual(settings, predecessor.settings) : settings
    const grace = environment.find('MYFY_GRACE_PERIOD', () => {})?.value
    policy.budget = fitBudget(options.shutdown ?? {}, grace)
    const run: AssemblyParts['run'] = (phase, module, hook) =>
      policy.runOrThrow({ phase, owner: module.name, module: true }, hook)
    this.assembly = new Assembly(
      { app, token, order, settings: this.settings, snapshots, overrides, run },
      predecessor,
    )
    await this.assembly.build()
    modules.splice(0, modules.length, ...this.assembly.modules)
    return this.assembly
  }
}

/** Equal settings of the predecessor are the same value: what was built from them has not changed either. */
function sameWhereEqual(
  settings: ReadonlyMap<Settings, unknown>,
  before: ReadonlyMap<Settings, unknown>,
): ReadonlyMap<Settings, unknown> {
  return new Map(
    [...settings].map(([token, value]) => [
      token,
      equal(before.get(token), value) ? before.get(token) : value,
    ]),
  )
}
