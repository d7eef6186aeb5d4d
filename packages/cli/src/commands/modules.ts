// `myfy modules` and `myfy providers`: what the application is made of.

import { inspect } from '../entry/inspect.ts'
import { modulesOf, pictureOf } from '../graph/application-model.ts'
import type { AppOptions, CommandLine, Ending } from '../terminal/context.ts'
import { count } from '../terminal/progress.ts'
import { printTable } from '../terminal/table.ts'

/** Options of both. */
export interface ListOptions extends AppOptions {
  readonly json?: boolean
}

/** Lists the modules in start order. */
export function listModules(line: CommandLine, options: ListOptions): Promise<Ending> {
  return inspect(line, options, ({ app, entry }) => {
    const modules = modulesOf(app)
    const { print, note, colours: c } = line.terminal
    if (options.json) return print(JSON.stringify(modules, null, 2))
    note(c.dim(`${count(modules.length, 'module')} of ${entry.found}, in start order; none was started`))
    printTable(
      line.terminal,
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
export function listProviders(line: CommandLine, options: ListOptions): Promise<Ending> {
  return inspect(line, options, (inspected) => {
    const { providers } = pictureOf(inspected)
    const { print, note, colours: c } = line.terminal
    if (options.json) return print(JSON.stringify(providers, null, 2))
    note(c.dim(`${count(providers.length, 'provider')} of ${inspected.entry.found}; none was built`))
    printTable(
      line.terminal,
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
