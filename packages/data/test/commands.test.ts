import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { dataCommands } from '../src/commands.ts'
import { proveCommand } from '../src/prove-command.ts'

// Not even root can create a file there.
const unwritable = '/proc/self'

test.skipIf(!existsSync(unwritable))('db new names the file that cannot be written', () => {
  const command = dataCommands({ options: { migrations: unwritable } } as never).find(
    ({ name }) => name === 'db new',
  )!
  expect(() => command.run({ args: ['phone'], options: {}, print() {} } as never)).toThrow(
    expect.objectContaining({
      code: 'MYFY_MIGRATION_WRITE',
      message: expect.stringMatching(
        /^Cannot create the migration .*0001-phone\.sql: E.*\. Make its directory writable\.$/,
      ),
    }),
  )
})

test.each([
  [
    { body: '{}' },
    "Cannot use --body: it has an effect only with --request. Add --request 'POST /users', or leave out --body.",
  ],
  [{ key: 'k' }, 'Cannot use --key: it has an effect only with --request.'],
  [
    { scenario: 's.ts', request: 'POST /x' },
    'Cannot use --request with --scenario: it would have no effect. Leave out one of them.',
  ],
  [{ scenario: 's.ts', key: 'k' }, 'Cannot use --key with --scenario: it would have no effect.'],
])('a crash proof refuses %j', async (options, message) => {
  const { run } = proveCommand({ options: { url: 'postgres://127.0.0.1:1/none' } })
  const proof = (async () => run({ app: { modules: [] }, options, print() {} } as never))()
  await expect(proof).rejects.toThrow(message)
})
