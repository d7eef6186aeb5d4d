// The start against a server that does not answer.

import { Application, defineModule, type Logger } from '@myfy/core'
import { expect, test } from 'vitest'
import { freePort } from '../../../../test/free-port.ts'
import { DataModule } from '../../src/index.ts'
import { quiet } from '../application.ts'

test('a start that waits for the server says so once, and what it waits for', async () => {
  const warnings: string[] = []
  const logger: Logger = { ...quiet, warn: (_, message) => void warnings.push(message) }
  const label = `127.0.0.1:${await freePort()}/shop`
  const app = new Application({
    logger,
    modules: [
      new DataModule({ url: `postgres://postgres@${label}`, wait: 400 }),
      defineModule({ name: 'web' }),
    ],
  })
  await expect(app.startModules()).rejects.toThrow()
  expect(warnings.filter((line) => line.includes('database'))).toEqual([
    expect.stringMatching(
      new RegExp(`^cannot reach the database at ${label}: connect ECONNREFUSED .*; trying for 400 ms$`),
    ),
  ])
})
