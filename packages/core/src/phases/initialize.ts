// The first phase of a lifecycle: read settings, order and configure modules, verify the whole graph. The only I/O is
// reading env files.

import type { HookPolicy } from '../hooks/hook-policy.ts'
import { fitBudget } from '../hooks/shutdown-budget.ts'
import { isEqual } from '../modules/module-reuse.ts'
import { createRedactor, type Redactor } from '../runtime/redaction.ts'
import type { Environment } from '../settings/environment.ts'
import type { Settings, SettingsVariable } from '../settings/settings.ts'
import { type AssembledPredecessor, Assembly, type AssemblyParts, takeSnapshots } from './assembly.ts'
import { readConfiguration } from './configuration.ts'
import type { LifecycleContext } from './context.ts'

/** The running application that a reload replaces, as far as this phase reads it. */
export interface InitializedPredecessor extends AssembledPredecessor {
  readonly settings: ReadonlyMap<Settings, unknown>
}

/** The results of the first phase. Hooks that run in it may read the ones that exist already. */
export class Initialization {
  environment: Environment | undefined
  variables: readonly SettingsVariable[] = []
  settings: ReadonlyMap<Settings, unknown> = new Map()
  /** Removes secrets from log lines; knows those of the settings once they are read. */
  redactor: Redactor = createRedactor()
  assembly: Assembly | undefined

  /** Runs the phase. */
  async run(
    context: LifecycleContext,
    policy: HookPolicy,
    predecessor?: InitializedPredecessor,
  ): Promise<Assembly> {
    const { app, token, options, modules, overrides, host, emit } = context
    const before = takeSnapshots(modules)
    const configuration = await readConfiguration(options, modules, host, emit)
    const snapshots = new Map([...takeSnapshots(modules), ...before])
    const { environment, settings, variables, secrets, order } = configuration
    this.redactor = createRedactor(secrets)
    this.environment = environment
    this.variables = variables
    this.settings = predecessor ? keepEqualValues(settings, predecessor.settings) : settings
    const grace = environment.find('MYFY_GRACE_PERIOD', () => {})?.value
    policy.budget = fitBudget(options.shutdown ?? {}, grace)
    const run: AssemblyParts['run'] = (phase, module, hook) =>
      policy.runOrThrow({ phase, owner: module.name, module: true }, hook)
    this.assembly = new Assembly(
      {
        app,
        token,
        order,
        settings: this.settings,
        snapshots,
        overrides,
        run,
        replaced: (module, reason) => emit({ type: 'module.replaced', module: module.name, reason }),
      },
      predecessor,
    )
    await this.assembly.build()
    modules.splice(0, modules.length, ...this.assembly.modules)
    return this.assembly
  }
}

/** Settings that equal the predecessor's keep its value, so that services built from it can be reused. */
function keepEqualValues(
  settings: ReadonlyMap<Settings, unknown>,
  before: ReadonlyMap<Settings, unknown>,
): ReadonlyMap<Settings, unknown> {
  return new Map(
    [...settings].map(([token, value]) => {
      const previous = before.get(token)
      return [token, isEqual(previous, value) ? previous : value]
    }),
  )
}
