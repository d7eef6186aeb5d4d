import { expect, test } from 'vitest'
import { createApp } from '../src/app.ts'
import { Queue } from '../src/queue-module.ts'

test('finishes the jobs that were taken before it stops', async () => {
  const app = createApp()
  await app.startModules()
  const queue = app.container.get(Queue)
  for (let id = 1; id <= 10; id++) queue.add({ id, text: `job ${id}` })
  await app.inFlight.whenIdle()
  await app.stopModules()
  expect(queue.done.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
})
