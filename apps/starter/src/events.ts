// What happens, as it happens: changes of users on any replica, and the life of this one. For pages and programs.

import { hostname } from 'node:os'
import { Application } from '@myfy/core'
import { defineRoutes } from '@myfy/web'
import { Changes } from './changes.ts'

const inject = { app: Application, changes: Changes }
const replica = `${hostname()}:${process.pid}`

export const events = defineRoutes('/events', (route) => {
  const spec = { inject, timeout: 0, summary: 'Stream changes and the life of the application' }
  route.get('/', spec, ({ app, changes, stream }) =>
    stream.push((send) => {
      const tellLife = () => {
        const uptime = Math.round(process.uptime())
        send({ event: 'life', data: { replica, uptime, ...app.status() }, retry: 1_000 })
      }
      const beat = setInterval(tellLife, 1_000)
      const ends = [changes.hear((data) => send({ event: 'change', data })), app.on('*', tellLife)]
      tellLife()
      return () => {
        clearInterval(beat)
        for (const end of ends) end()
        // The last word: the page shows that this replica drains, and comes back to another one.
        tellLife()
      }
    }),
  )
})
