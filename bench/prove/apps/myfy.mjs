// Orders on myfy: the order, its job and the response of its key in one transaction, the job in the one of its handler.

import { z } from 'zod'
import { Application } from '../../../packages/core/dist/index.js'
import { DataModule, Session } from '../../../packages/data/dist/index.js'
import { defineTask, Tasks, TasksModule } from '../../../packages/tasks/dist/index.js'
import { defineRoutes, WebModule } from '../../../packages/web/dist/index.js'

const { DATABASE_URL: url, PORT } = process.env
const order = z.object({ item: z.string() })

const receipt = defineTask({ name: 'receipt', input: order }, async ({ input, session }) => {
  await session.execute('insert into receipts (item) values ($1)', [input.item])
})

const routes = defineRoutes('/orders', { inject: { session: Session, tasks: Tasks } }, (route) => {
  route.post('/', { body: order, idempotent: { required: false } }, async ({ session, tasks, body }) => {
    await session.execute('insert into orders (item) values ($1)', [body.item])
    await tasks.send(receipt, body)
    return body
  })
})

const app = new Application({
  modules: [
    new DataModule({ url, migrations: new URL('migrations', import.meta.url).pathname }),
    new TasksModule({ tasks: [receipt] }),
    new WebModule({ routes: [routes], port: Number(PORT), host: '127.0.0.1' }),
  ],
})
await app.run()
