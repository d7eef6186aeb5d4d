// An application with a database and routes, for the tests of one file.

import { Application, type Logger } from '@myfy/core'
import { type Routes, WebModule } from '@myfy/web'
import { createTestClient, type TestClient } from '@myfy/web/testing'
import { afterAll, beforeAll } from 'vitest'
import { Database, DataModule, type DataOptions } from '../src/index.ts'
import type { Backend } from './databases.ts'

export const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} }

export const schema = {
  '0001-notes': 'create table notes (id serial primary key, text text not null unique)',
}

export interface Running {
  client: TestClient
  database: Database
  /** The errors that the application has logged. */
  readonly errors: string[]
  texts(): Promise<string[]>
}

/** Starts an application before the tests of a suite, and stops it after them. */
export function application(backend: Backend, routes: readonly Routes[], options: DataOptions = {}): Running {
  const errors: string[] = []
  const logger: Logger = {
    ...quiet,
    error: (fields, message) =>
      void errors.push(`${message} ${String((fields as { err?: unknown }).err ?? '')}`),
  }
  const running: Running = {
    client: undefined as never,
    database: undefined as never,
    errors,
    async texts() {
      const { rows } = await running.database.execute<{ text: string }>('select text from notes order by id')
      return rows.map(({ text }) => text)
    },
  }
  let remove = async () => {}
  beforeAll(async () => {
    if (!backend.reachable) return
    const place = await backend.create()
    remove = place.remove
    const modules = [
      new DataModule({ migrations: schema, ...place.options, ...options }),
      new WebModule({ routes }),
    ]
    running.client = await createTestClient(new Application({ modules, logger }) as Application)
    running.database = running.client.app.container.get(Database)
  })
  afterAll(async () => {
    await running.client?.close()
    await remove()
  })
  return running
}
