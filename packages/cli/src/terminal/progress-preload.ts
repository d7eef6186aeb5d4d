// Imported first into every process of `myfy run`: prints the progress of the first start, and of the last stop.

import { subscribe } from 'node:diagnostics_channel'
import type { Application, LifecycleEvent } from '@myfy/core'
import { FIRST_START } from './first-start.ts'
import { printStart, printStop } from './progress.ts'
import { printSlowHooks, printSlowLoad } from './slow-hooks.ts'
import { createTerminal } from './terminal.ts'

const terminal = createTerminal(process.stdout, process.stderr, process.env)
// Later starts replace an application: the supervisor prints a line for each.
const isFirstStart = process.env[FIRST_START] !== undefined
delete process.env[FIRST_START]
/** The application that started last, as long as none serves. Its predecessors have failed. */
let starting: Application | undefined
/** The application that serves. The end of a replaced one is not printed. */
let current: Application | undefined
const replaced = new WeakSet<Application>()

printSlowHooks(terminal)
if (isFirstStart) printSlowLoad(terminal)

subscribe('myfy:lifecycle', (message) => {
  const { app, event } = message as { app: Application; event: LifecycleEvent }
  // Another process has taken over; the supervisor prints a line.
  if (event.type === 'stop.requested' && event.reason === 'replaced') replaced.add(app)
  if (event.type !== 'state') return
  if (current === undefined && app !== starting && event.to !== 'stopping' && event.to !== 'stopped') {
    starting = app
    if (isFirstStart) printStart(terminal, app)
  }
  if (event.to === 'running') current = app
  if (app === (current ?? starting) && !replaced.has(app)) printStop(terminal, event.to)
})
