// What happens, as it happens: changes of users on any replica, and the life of this one. For pages and programs.

import { EventEmitter, on } from 'node:events'
import { hostname } from 'node:os'
import { Application } from '@myfy/core'
import { defineRoutes, type ServerEvent } from '@myfy/web'
import { Changes } from './changes.ts'

const inject = { app: Application, changes: Changes }

export const events = defineRoutes('/events', (route) => {
  route.get(
    '/',
    { inject, timeout: 0, summary: 'Stream changes and the life of the application' },
    ({ app, changes, stream }) =>
      stream.events(async function* (ending) {
        const emitter = new EventEmitter()
        const send = (event: ServerEvent) => void emitter.emit('event', event)
        const tellLife = () => send({ event: 'life', data: lifeOf(app) })
        const ends = [
          changes.hear((change) => send({ event: 'change', data: change })),
          app.on('*', tellLife),
        ]
        const beat = setInterval(tellLife, 1_000)
        try {
          yield { event: 'life', data: lifeOf(app), retry: 1_000 }
          for await (const [event] of on(emitter, 'event', { signal: ending })) yield event
        } catch (error) {
          if (!ending.aborted) throw error
          // The last word: the page shows that this replica drains, and comes back to another one.
          yield { event: 'life', data: lifeOf(app) }
        } finally {
          clearInterval(beat)
          for (const end of ends) end()
        }
      }),
  )
})

/** The application as the page draws it. */
function lifeOf(app: Application) {
  const { steps } = app.timeline()
  const step = (part: string, module: string) =>
    steps.find(({ name }) => name === part)?.steps.find(({ name }) => name === module)
  const modules = app.modules.map(({ name }) => {
    const start = step('start', name)
    const stop = step('stop', name)
    const state = stop
      ? stop.ms === undefined
        ? 'stopping'
        : 'stopped'
      : start?.ms === undefined
        ? 'starting'
        : 'started'
    return { name, state, ms: (stop ?? start)?.ms ?? null }
  })
  const inFlight = app.ledger.list().map(({ kind, label }) => ({ kind, label }))
  return {
    replica: `${hostname()}:${process.pid}`,
    state: app.state,
    uptime: Math.round(process.uptime()),
    modules,
    inFlight,
  }
}
