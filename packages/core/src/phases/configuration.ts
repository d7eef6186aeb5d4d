// The configuration of an application: environment layers, discovered modules, settings, module order. All problems are
// reported together.

import { ConfigurationError, SettingsError } from '../errors.ts'
import type { EventBody } from '../events/events.ts'
import { discoverModules } from '../modules/discovery.ts'
import type { Module } from '../modules/module.ts'
import { type ModuleOrder, orderModules } from '../modules/module-order.ts'
import type { Host } from '../process/host.ts'
import { Environment } from '../settings/environment.ts'
import { readSettings } from '../settings/read-settings.ts'
import type { Settings, SettingsVariable } from '../settings/settings.ts'
import { readUnreadFiles, unreadVariables } from '../settings/unread-variables.ts'
import { addBroughtModules } from './brought-modules.ts'
import type { ApplicationOptions } from './options.ts'
import { unreadFields } from './unread-fields.ts'

/** A valid configuration. */
export interface Configuration {
  readonly environment: Environment
  /** The value of each settings token. */
  readonly settings: ReadonlyMap<Settings, unknown>
  /** The source of each setting. */
  readonly variables: readonly SettingsVariable[]
  /** The values of settings that must not be logged. */
  readonly secrets: readonly string[]
  readonly order: ModuleOrder
}

/** Reads the configuration. @throws SettingsError, ModuleError, or a ConfigurationError with several problems */
export async function readConfiguration(
  options: ApplicationOptions<unknown>,
  modules: Module[],
  host: Host,
  emit: (event: EventBody) => void,
): Promise<Configuration> {
  const environment = await Environment.read(host.env, host.cwd)
  // Discovery comes before validation: a discovered module brings settings too, and all problems are reported together.
  if (options.autoDiscover) await discover(modules, host.cwd, emit)
  const brought = addBroughtModules(modules)
  const { settings, variables, secrets, sentences, warnings } = await readAll(
    options,
    modules,
    environment,
    host,
  )
  for (const message of [...environment.warnings, ...warnings]) emit({ type: 'settings.warning', message })
  const order = orderModules(modules, brought)
  const problems = [...(sentences.length > 0 ? [new SettingsError(sentences)] : []), ...order.problems]
  if (problems.length === 1) throw problems[0]
  if (problems.length > 1) throw new ConfigurationError(problems)
  for (const field of unreadFields(modules)) emit({ type: 'module.unread', ...field })
  for (const move of order.moved) emit({ type: 'module.reordered', ...move })
  return { environment, settings, variables, secrets, order }
}

async function discover(
  modules: Module[],
  directory: string,
  emit: (event: EventBody) => void,
): Promise<void> {
  for (const found of await discoverModules(directory)) {
    const { name } = found.module
    const type = found.module.constructor
    const added = modules.some(
      (module) => module.name === name || (type !== Object && module.constructor === type),
    )
    if (!added) modules.push(found.module)
    emit({ type: 'module.discovered', module: name, package: found.package, used: !added })
  }
}

async function readAll(
  options: ApplicationOptions<unknown>,
  modules: readonly Module[],
  environment: Environment,
  host: Host,
) {
  const wanted = new Set<Settings>(
    [options.settings ?? [], ...modules.map((module) => module.settings ?? [])].flat(2),
  )
  const settings = new Map<Settings, unknown>()
  const variables: SettingsVariable[] = []
  const secrets: string[] = []
  const sentences: string[] = []
  const warnings: string[] = []
  for (const token of wanted) {
    const reading = await readSettings(token, environment)
    settings.set(token, reading.value)
    variables.push(...reading.variables)
    secrets.push(...reading.secrets)
    sentences.push(...reading.problems)
    warnings.push(...reading.warnings)
  }
  const unread = await readUnreadFiles(host.cwd, environment, host.env.NODE_ENV)
  warnings.push(...unreadVariables([...settings.keys()], variables, environment, unread))
  return { settings, variables, secrets, sentences, warnings }
}
