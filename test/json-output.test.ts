// Programs may ask every command that prints a result for JSON.
import { expect, test } from 'vitest'
import { dataCommands } from '../packages/data/src/commands.ts'
import { taskCommands } from '../packages/tasks/src/commands.ts'
import { webCommands } from '../packages/web/src/commands.ts'

/** The commands that run until they are stopped, and write a log. */
const services = ['tasks worker']

test.each([
  ['web', webCommands({} as Parameters<typeof webCommands>[0])],
  ['data', dataCommands({} as Parameters<typeof dataCommands>[0])],
  ['tasks', taskCommands({} as Parameters<typeof taskCommands>[0])],
])('every command of %s has the option --json', (_, commands) => {
  const results = commands.filter(({ name }) => !services.includes(name))
  expect(results.length).toBeGreaterThan(1)
  expect(results.filter(({ options }) => options?.json?.type !== 'boolean').map(({ name }) => name)).toEqual(
    [],
  )
})
