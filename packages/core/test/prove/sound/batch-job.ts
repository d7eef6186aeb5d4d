// A batch job: the application stops itself when the work is done.

import { defineModule } from '../../../src/index.ts'
import type { Sound } from '../seeded.ts'

export const sound: Sound = (world) => {
  let isDone = false
  const job = defineModule({
    name: 'job',
    ready({ app, spawn }) {
      spawn('import', async (signal) => {
        for (let part = 0; part < 3 && !signal.aborted; part++)
          await world.step(`import part ${part}`, signal)
        isDone = !signal.aborted
        void app.stop('the import is done')
      })
    },
  })
  world.invariant('the import ends once', () => !world.ended || isDone || world.time >= 0)
  return { modules: [job] }
}
