// The hooks that a start or a stop waits for, as a person reads them under `myfy run`.

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Application, LifecycleEvent } from '@myfy/core'
import { printStep } from './progress.ts'
import type { Terminal } from './terminal.ts'

/** The time after which a hook is named, in ms. */
const SLOW_MS = 2_000

/** The phases that delay neither a start nor a stop, and the one whose wait the log prints. */
const UNNAMED: ReadonlySet<string> = new Set(['task', 'drain'])

/** The channels that tell the end of a load: an application is found, or none can be. */
const LOADED = ['myfy:lifecycle', 'myfy:load.failed'] as const

/** Prints one line for each hook of this process that has not finished after 2 s. */
export function printSlowHooks(terminal: Terminal): void {
  const waiting = new WeakMap<Application, Map<string, NodeJS.Timeout>>()
  subscribe('myfy:lifecycle', (message) => {
    const { app, event } = message as { app: Application; event: LifecycleEvent }
    const hook = hookOf(event)
    if (!hook || UNNAMED.has(hook.phase)) return
    const timers = waiting.get(app) ?? new Map<string, NodeJS.Timeout>()
    waiting.set(app, timers)
    const name = `${hook.owner}: ${hook.phase}`
    clearTimeout(timers.get(name))
    timers.delete(name)
    if (!hook.begins) return
    const timer = setTimeout(() => printStep(terminal, `waiting for ${name}, ${SLOW_MS / 1_000} s`), SLOW_MS)
    timers.set(name, timer.unref())
  })
}

/** Prints one line if an application has not loaded after 2 s: nothing else tells. Returns what ends the wait. */
export function printSlowLoad(terminal: Terminal): () => void {
  const text = `waiting for the application to load, ${SLOW_MS / 1_000} s`
  const timer = setTimeout(() => printStep(terminal, text), SLOW_MS).unref()
  const done = () => {
    clearTimeout(timer)
    for (const name of LOADED) unsubscribe(name, done)
  }
  for (const name of LOADED) subscribe(name, done)
  return done
}

/** Returns the hook that an event begins or ends. */
function hookOf(event: LifecycleEvent): { owner: string; phase: string; begins: boolean } | undefined {
  switch (event.type) {
    case 'hook.starting':
      return { owner: event.owner, phase: event.phase, begins: true }
    case 'hook.finished':
    case 'hook.failed':
    case 'hook.cancelled':
    case 'hook.abandoned':
      return { owner: event.owner, phase: event.phase, begins: false }
    case 'module.starting':
      return { owner: event.module, phase: 'start', begins: true }
    case 'module.stopping':
      return { owner: event.module, phase: 'stop', begins: true }
    case 'module.started':
      return { owner: event.module, phase: 'start', begins: false }
    case 'module.stopped':
      return { owner: event.module, phase: 'stop', begins: false }
    case 'module.failed':
      return { owner: event.module, phase: event.phase, begins: false }
    default:
      return undefined
  }
}
