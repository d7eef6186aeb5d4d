// Tells a person what the command line does with an application, between the lines of the application's own log.

import type { Application, State, Timeline } from '@myfy/core'
import { formatDuration, plural } from '@myfy/core/runtime'
import type { Colors, Terminal } from './terminal.ts'

/** One step, in the words of the command line. */
export function printStep({ colors: c, print }: Terminal, text: string): void {
  print(`${c.cyan('▸')} ${text}`)
}

/** Follows an application that was just loaded until it is ready. `ms` is how long loading took. */
export function printStart(terminal: Terminal, app: Application, ms: number): void {
  const { colors: c, print } = terminal
  const names = app.modules.map((module) => module.name).join(', ') || 'no modules'
  printStep(terminal, `loaded in ${formatDuration(ms)}: ${names}`)
  app.on('state', ({ to }) => {
    if (to === 'initialized') printStep(terminal, `initialized: ${summary(app)}`)
    if (to === 'starting') printStep(terminal, 'starting modules')
  })
  app.on('ready', ({ urls }) => {
    print()
    print(bootTree(app.timeline(), c))
    print()
    for (const url of urls) print(`  ${c.green('➜')} ${c.bold(url)}`)
    if (urls.length > 0) print()
  })
}

/** Tells the steps of a stop. */
export function printStop(terminal: Terminal, state: State): void {
  if (state === 'draining') printStep(terminal, 'no longer accepting; finishing what is under way')
  if (state === 'stopping') printStep(terminal, 'stopping modules')
}

/** `3 settings, 12 providers, 2 modules in 4 ms`. */
function summary(app: Application): string {
  const step = app.timeline().steps.find(({ name }) => name === 'initialize')
  const parts = [
    plural(app.modules.length, 'module'),
    plural(app.variables.length, 'setting'),
    plural(app.container.graph().nodes.length, 'provider'),
  ]
  return `${parts.join(', ')}${step?.ms === undefined ? '' : ` in ${formatDuration(step.ms)}`}`
}

function bootTree(timeline: Timeline, c: Colors): string {
  return timeline
    .toString()
    .split('\n')
    .map((text) => {
      const colored = /critical/.test(text)
        ? c.yellow(text)
        : /failed|abandoned/.test(text)
          ? c.red(text)
          : text
      return `  ${colored}`
    })
    .join('\n')
}
