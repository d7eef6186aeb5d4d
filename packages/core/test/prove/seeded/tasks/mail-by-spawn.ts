// A request answers, and sends its mail in a task. No task begins any more when the stop has begun.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .who was answered has a mail. is broken/,
  options: (world) => {
    let [answered, sent] = [0, 0]
    world.invariant('who was answered has a mail', () => !world.ended || answered === sent)
    const users = defineModule({
      name: 'users',
      start({ spawn, track }) {
        world.request('POST /users', async () => {
          using _work = track('request', 'POST /users')
          await world.step('insert the user')
          answered++
          spawn('send the mail', async () => {
            sent++
          })
        })
      },
    })
    return { modules: [users] }
  },
}
