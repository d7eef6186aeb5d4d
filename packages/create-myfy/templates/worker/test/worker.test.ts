import { expect, test } from 'vitest'
import { createApp } from '../src/app.ts'
import { Queue } from '../src/queue-module.ts'
import { WorkerModule } from '../src/worker-module.ts'

test('handles every job', async () => {
  const app = createApp()
  await app.startModules()
  const queue = app.container.get(Queue)
  for (let id = 1; id <= 10; id++) queue.add({ id, text: `job ${id}` })
  await expect.poll(() => queue.done, { timeout: 10_000 }).toHaveLength(10)
  await app.stopModules()
})

test('finishes the jobs that were taken before it stops', async () => {
  const app = createApp()
  let finish = () => {}
  const taken = new Promise<void>((resolve) => {
    app.getModule(WorkerModule).handle = () => {
      resolve()
      return new Promise((done) => {
        finish = done
      })
    }
  })
  await app.startModules()
  const queue = app.container.get(Queue)
  queue.add({ id: 1, text: 'long' })
  await taken
  const stopped = app.stopModules()
  finish()
  await stopped
  expect(queue.done).toMatchObject([{ id: 1 }])
})
