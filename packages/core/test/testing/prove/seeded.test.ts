// The faults of users that `prove` must find, and the applications in which it must find nothing.

import { describe, expect, test } from 'vitest'
import { Application } from '../../../src/index.ts'
import { prove, replay } from '../../../src/testing/index.ts'
import { readMissed, readSeeded, readSound } from '../../prove/seeded.ts'

const seeded = await readSeeded()
const sound = await readSound()
const missed = await readMissed()

test('there are 111 faults and 38 sound applications', () => {
  expect([seeded.size, sound.size]).toEqual([111, 38])
})

describe.each([...seeded])('the fault %s', (_, { finds, options, clean }) => {
  test('is found, and replayed', { timeout: 120_000 }, async () => {
    const create = (world: Parameters<typeof options>[0]) => new Application(options(world))
    const { problems } = await prove(create, { time: 60_000 })
    const found = problems.find(({ text }) => finds.test(text))
    expect(problems.map(({ text }) => text).join('\n')).toMatch(finds)
    expect((await replay(create, found!.seed)).problems).toContain(found!.text)
    clean?.()
  })
})

test.each([...sound])('the application %s has no problem', { timeout: 120_000 }, async (_, options) => {
  const { problems } = await prove((world) => new Application(options(world)), { time: 60_000 })
  expect(problems.map(({ text, story }) => [text, ...story].join('\n'))).toEqual([])
})

// The limit that the documentation states: what no error, service or invariant shows is not found.
test.each([...missed])('the fault %s is not found, because nothing shows it', async (_, { options }) => {
  const { isComplete, problems } = await prove((world) => new Application(options(world)), { time: 60_000 })
  expect({ isComplete, problems }).toEqual({ isComplete: true, problems: [] })
})
