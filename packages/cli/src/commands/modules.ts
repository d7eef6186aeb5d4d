// `myfy modules` and `myfy providers`: the parts of the application, as tables.

import { plural } from '@myfy/core/runtime'
import { inspect } from '../entry/inspect.ts'
import { modelOf, modulesOf } from '../graph/application-model.ts'
import type { AppOptions, CliContext, CommandResult } from '../terminal/context.ts'
import { printTable } from '../terminal/table.ts'

/** Options of `modules` and `providers`. */
export interface ListOptions extends AppOptions {
  readonly json?: boolean
}

/** Prints the modules in start order. */
export function listModules(context: CliContext, options: ListOptions): Promise<CommandResult> {
  const { terminal } = context
  return inspect(context, { ...options, placeholders: () => true }, (inspected) => {
    const modules = modulesOf(inspected.app)
    if (options.json) return terminal.print(JSON.stringify(modules, null, 2))
    const heading = `${plural(modules.length, 'module')} of ${inspected.entry.description}, in start order (not started)`
    terminal.note(terminal.errorColors.dim(heading))
    printTable(
      terminal,
      ['#', 'module', 'class', 'level', 'requires', 'hooks'],
      modules.map((module, i) => [
        String(i + 1),
        module.name,
        module.class ?? '',
        String(module.level),
        module.requires.join(', '),
        [...module.hooks, ...module.transports.map((name) => `listens: ${name}`)].join(', '),
      ]),
    )
  })
}

/** Prints the providers in the order of their registration. */
export function listProviders(context: CliContext, options: ListOptions): Promise<CommandResult> {
  const { terminal } = context
  return inspect(context, { ...options, placeholders: () => true }, (inspected) => {
    const { providers } = modelOf(inspected)
    if (options.json) return terminal.print(JSON.stringify(providers, null, 2))
    const heading = `${plural(providers.length, 'provider')} of ${inspected.entry.description} (not created)`
    terminal.note(terminal.errorColors.dim(heading))
    printTable(
      terminal,
      ['provider', 'kind', 'scope', 'module', 'injects'],
      providers.map(({ name, kind, scope, module, injects }) => [
        name,
        kind,
        scope,
        module ?? '',
        injects.join(', '),
      ]),
    )
  })
}
