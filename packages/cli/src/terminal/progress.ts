// The progress of an application under `myfy run`, as a person reads it: each fact once.

import type { Application, State, Timeline } from '@myfy/core'
import { formatDuration, plural } from '@myfy/core/runtime'
import type { Colors, Terminal } from './terminal.ts'

/** Prints one step. */
export function printStep({ colors: c, printText }: Terminal, text: string): void {
  printText(`${c.cyan('▸')} ${text}`, 2)
}

/** Prints the start of an application that was just loaded: its steps, the boot tree with times, and its URLs. */
export function printStart(terminal: Terminal, app: Application, loadMs?: number): void {
  const { colors: c, print, printText } = terminal
  const names = app.modules.map((module) => module.name).join(', ') || 'no modules'
  const time = loadMs === undefined ? '' : ` in ${formatDuration(loadMs)}`
  printStep(terminal, `loaded${time}: ${names}`)
  app.on('state', ({ to }) => {
    if (to === 'initialized') printStep(terminal, `initialized: ${summary(app)}`)
    if (to === 'starting') printStep(terminal, 'starting modules')
  })
  app.on('ready', ({ urls, ms }) => {
    for (const text of bootTree(app.timeline(), c)) printText(text, 2)
    printStep(terminal, `ready in ${formatDuration(ms)}`)
    if (urls.length > 0) print()
    for (const url of urls) print(`  ${c.green('➜')} ${c.bold(url)}`)
    if (urls.length > 0) print()
  })
}

/** Prints a step of a stop. */
export function printStop(terminal: Terminal, state: State): void {
  if (state === 'draining') printStep(terminal, 'not accepting requests any more; finishing those in flight')
  if (state === 'stopping') printStep(terminal, 'stopping modules')
  if (state === 'stopped') printStep(terminal, 'stopped')
}

/** Returns `2 modules, 3 settings, 12 providers in 4 ms`. */
function summary(app: Application): string {
  const step = app.timeline().steps.find(({ name }) => name === 'initialize')
  const parts = [
    plural(app.modules.length, 'module'),
    plural(app.variables.length, 'setting'),
    plural(app.container.graph().nodes.length, 'provider'),
  ]
  return `${parts.join(', ')}${step?.ms === undefined ? '' : ` in ${formatDuration(step.ms)}`}`
}

/** Returns the lines of the start in a timeline. */
function bootTree(timeline: Timeline, c: Colors): readonly string[] {
  const lines = timeline.toString().split('\n')
  const start = Math.max(
    0,
    lines.findIndex((text) => text.startsWith('start ')),
  )
  return lines.slice(start).map((text) => `  ${paint(text, c)}`)
}

function paint(text: string, c: Colors): string {
  if (/failed|abandoned/.test(text)) return c.red(text)
  // Bold is readable on any background; yellow is not on a white one.
  return /critical/.test(text) ? c.bold(text) : text
}
