// A module stops another one, which the application stops as well.

import { BaseModule, defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /stop of queue runs 2 times/,
  options: (world) => {
    class Queue extends BaseModule {
      override async stop(): Promise<void> {
        await world.step('close the queue')
      }
    }
    const queue = new Queue('queue')
    const worker = defineModule({
      name: 'worker',
      requires: ['queue'],
      stop: () => queue.stop(),
    })
    return { modules: [queue, worker] }
  },
}
