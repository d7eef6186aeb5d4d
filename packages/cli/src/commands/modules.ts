// `myfy modules` and `myfy providers`: what the application is made of.

import { inspect } from '../entry/inspect.ts'
import { modelOf, modulesOf } from '../graph/application-model.ts'
import type { AppOptions, CliContext, CommandResult } from '../terminal/context.ts'
import { count } from '../terminal/progress.ts'
import { printTable } from '../terminal/table.ts'

/** Options of both. */
export interface ListOptions extends AppOptions {
  readonly json?: boolean
}

/** Lists the modules in start order. */
export function listModules(context: CliContext, options: ListOptions): Promise<CommandResult> {
  return inspect(context, options, ({ app, entry }) => {
    const modules = modulesOf(app)
    const { print, note, colors: c } = context.terminal
    if (options.json) return print(JSON.stringify(modules, null, 2))
    note(
      c.dim(`${count(modules.length, 'module')} of ${entry.description}, in start order; none was started`),
    )
    printTable(
      context.terminal,
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

/** Lists the providers in the order of their registration. */
export function listProviders(context: CliContext, options: ListOptions): Promise<CommandResult> {
  return inspect(context, options, (inspected) => {
    const { providers } = modelOf(inspected)
    const { print, note, colors: c } = context.terminal
    if (options.json) return print(JSON.stringify(providers, null, 2))
    note(c.dim(`${count(providers.length, 'provider')} of ${inspected.entry.description}; none was built`))
    printTable(
      context.terminal,
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
