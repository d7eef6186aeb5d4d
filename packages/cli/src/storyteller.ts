// Imported first into every process that `myfy run` starts: tells the story of the application that lives there.

import { subscribe } from 'node:diagnostics_channel'
import type { Application, LifecycleEvent } from '@myfy/core'
import { narrate } from './narrator.ts'
import { createTerminal } from './terminal.ts'

const terminal = createTerminal(process.stdout, process.stderr, process.env)
let first: Application | undefined

subscribe('myfy:lifecycle', (message) => {
  const { app, event } = message as { app: Application; event: LifecycleEvent }
  // The applications that follow in this process are told of by the reload.
  if (first !== undefined || event.type !== 'state') return
  first = app
  narrate(terminal, app, process.uptime() * 1000)
})
