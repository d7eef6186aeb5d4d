// Imported first into every process that `myfy run` starts: tells the story of the application that lives there.

import { subscribe } from 'node:diagnostics_channel'
import type { Application, LifecycleEvent } from '@myfy/core'
import { printStart, printStop } from './progress.ts'
import { createTerminal } from './terminal.ts'

const terminal = createTerminal(process.stdout, process.stderr, process.env)
let first: Application | undefined
/** Who serves: the end of one that was replaced is no news. */
let present: Application | undefined

subscribe('myfy:lifecycle', (message) => {
  const { app, event } = message as { app: Application; event: LifecycleEvent }
  if (event.type !== 'state') return
  if (first === undefined) {
    first = app
    printStart(terminal, app, process.uptime() * 1000)
  }
  if (event.to === 'running') present = app
  if (app === (present ?? first)) printStop(terminal, event.to)
})
