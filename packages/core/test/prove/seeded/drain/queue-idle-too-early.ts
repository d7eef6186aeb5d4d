// The drain waits until the queue is empty. The last job has left the queue and still runs.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'
import { Pool } from '../../stand-ins.ts'

export const seeded: Seeded = {
  finds: /Cannot use a pool after calling end|the invariant .every job is done. is broken/,
  options: (world) => {
    const pool = new Pool()
    const queue: string[] = []
    let [taken, done] = [0, 0]
    world.invariant('every job is done', () => !world.ended || taken === done)
    let drained = () => {}
    let isRunning = false
    const work = async () => {
      if (isRunning) return
      isRunning = true
      while (queue.length > 0) {
        queue.shift()
        if (queue.length === 0) drained()
        await world.step('resize the image').catch(() => {})
        await pool.query().then(
          () => done++,
          () => {},
        )
      }
      isRunning = false
    }
    const database = defineModule({ name: 'database', start: () => pool.connect(), stop: () => pool.end() })
    const images = defineModule({
      name: 'images',
      requires: ['database'],
      start() {
        world.request('an image', () => {
          taken++
          queue.push('image')
          void work()
        })
      },
      async drain() {
        if (queue.length > 0)
          await new Promise<void>((resolve) => {
            drained = resolve
          })
      },
    })
    return { modules: [database, images] }
  },
}
