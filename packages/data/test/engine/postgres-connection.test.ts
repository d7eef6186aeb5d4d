import { createTestApp } from '@myfy/core/testing'
import { describe, expect, test } from 'vitest'
import { DataModule } from '../../src/index.ts'
import { hasPostgres, postgres } from '../databases.ts'

/** The URL of the test server with another user or database, or of a port at which nothing listens. */
function url(change: {
  readonly username?: string
  readonly pathname?: string
  readonly port?: string
}): string {
  return Object.assign(new URL(postgres.url), change).href
}

const start = (options: ConstructorParameters<typeof DataModule>[0]) =>
  createTestApp({ modules: [new DataModule(options)] })

describe.skipIf(!hasPostgres)('the start on a server that answers', () => {
  test.each([
    ['an unknown user', { username: 'nobody_of_this_name' }, /role "nobody_of_this_name" .*Correct the user/],
    ['a database that does not exist', { pathname: '/none_of_this_name' }, /"none_of_this_name" .*Create it/],
  ])('and refuses %s fails at once and says what to correct', async (_, change, message) => {
    await expect(start({ url: url(change), wait: '1h' })).rejects.toMatchObject({
      cause: { code: 'MYFY_DATABASE_REFUSED', message: expect.stringMatching(message) },
    })
  })
})

test('the start without a server says for how long it has tried', async () => {
  await expect(start({ url: url({ port: '1' }), wait: '300ms' })).rejects.toMatchObject({
    cause: {
      code: 'MYFY_DATABASE_UNAVAILABLE',
      message: expect.stringMatching(/ECONNREFUSED.*\(tried for \d+ ms\)\. Check that the server runs/),
    },
  })
})
