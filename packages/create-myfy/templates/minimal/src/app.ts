// The application: its settings, its modules and its routes.

import { Application, defineSettings } from '@myfy/core'
import { defineRoutes, WebModule } from '@myfy/web'
import { z } from 'zod'

const AppSettings = defineSettings(z.object({ port: z.number().int().default(8000) }))

const greetings = defineRoutes('/hello', (route) => {
  route.get('/:name', ({ params }) => ({ message: `Hello ${params.name}` }))
})

/** Creates the application. */
export function createApp() {
  const app: Application<{ port: number }> = new Application({ settings: AppSettings })
  return app.addModule(
    new WebModule({
      routes: [greetings],
      // Read when the transport listens: the settings are validated by then.
      get port() {
        return app.settings.port
      },
    }),
  )
}

export const app = createApp()
