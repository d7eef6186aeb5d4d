// The application: what every feature stands on, and the features.

import { fileURLToPath } from 'node:url'
import { Application, type ApplicationOptions } from '@myfy/core'
import { DataModule } from '@myfy/data'
import { OtelModule } from '@myfy/otel'
import { TasksModule } from '@myfy/tasks'
import { WebModule } from '@myfy/web'
import { attachmentsModule } from './attachments/attachments.module.ts'
import { commentRoutes } from './comments/comments.routes.ts'
import { dailyDigest } from './digest/digest.ts'
import { mailModule, sendMail } from './mail/mail.ts'
import { createMetrics } from './observability/metrics.ts'
import { projectRoutes } from './projects/projects.routes.ts'
import { AppSettings } from './settings.ts'
import { taskRoutes } from './tasks/tasks.routes.ts'
import { usersModule } from './users/users.module.ts'

const migrations = fileURLToPath(new URL('../migrations', import.meta.url))

export function createApp({
  database = new DataModule({ url: process.env.DATABASE_URL, migrations }),
  ...options
}: Pick<ApplicationOptions, 'host' | 'logger'> & { readonly database?: DataModule } = {}) {
  const metrics = createMetrics()
  const modules = [database, new TasksModule({ tasks: [sendMail, dailyDigest] }), new OtelModule()]
  const app = new Application({ settings: AppSettings, shutdown: { drain: 20_000, stop: 8_000 }, ...options })
  for (const module of [...modules, metrics.module, mailModule, usersModule, attachmentsModule])
    app.addModule(module)
  return app.addModule(
    new WebModule({
      routes: [projectRoutes, taskRoutes, commentRoutes],
      middleware: [metrics.measure],
      accessLog: true,
      rateLimit: { points: 200, per: '10s' },
      openapi: { title: 'Task tracker', version: '1.0.0' },
      cors: { origin: (origin) => app.settings.corsOrigins.includes(origin), credentials: true },
      get port() {
        return app.settings.port
      },
    }),
  )
}

export const app = createApp()
