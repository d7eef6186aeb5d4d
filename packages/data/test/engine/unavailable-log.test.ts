// The log line of a request that found the database unreachable.

import { Application, type Logger } from '@myfy/core'
import { defineRoutes, WebModule } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { expect, test } from 'vitest'
import { markDriverError } from '../../src/engine/driver-error.ts'
import { DataModule } from '../../src/index.ts'
import { quiet } from '../application.ts'

/** The stack of an error of pg that an await in a handler received. */
const stack = `Error: connect ECONNREFUSED 127.0.0.1:5432
    at ${process.cwd()}/node_modules/pg-pool/index.js:45:11
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)
    at async CheckedPool.#connect (${import.meta.dirname}/../../src/postgres/checked-pool.ts:71:14)
    at async retry (${process.cwd()}/node_modules/p-retry/index.js:10:1)
    at async placeOrder (/srv/shop/src/orders.ts:9:90)`

test('has the frames of the user alone', async () => {
  const logged: unknown[] = []
  const logger: Logger = { ...quiet, warn: (fields) => void logged.push((fields as { err?: Error }).err) }
  const routes = defineRoutes('', (route) => {
    route.get('/orders', () => {
      throw markDriverError(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', stack }))
    })
  })
  const modules = [new DataModule({ directory: 'memory://' }), new WebModule({ routes: [routes] })]
  await using client = await createTestClient(new Application({ logger, modules }))
  expect((await client.get('/orders')).status).toBe(503)
  expect(logged.map((error) => (error as Error | undefined)?.stack)).toContain(
    'Error: connect ECONNREFUSED 127.0.0.1:5432\n    at async placeOrder (/srv/shop/src/orders.ts:9:90)',
  )
})
