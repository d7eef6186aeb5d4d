// A request is answered at once, and its mail is sent by tracked work that the drain waits for.

import { defineModule } from '../../../../src/index.ts'
import type { Sound } from '../../seeded.ts'

export const sound: Sound = (world) => {
  let [accepted, sent, failed] = [0, 0, 0]
  world.invariant('every mail is sent', () => !world.ended || accepted === sent + failed)
  const mails = defineModule({
    name: 'mails',
    async start({ track }) {
      world.request('POST /users', () => {
        accepted++
        const work = track('mail', 'welcome')
        void world
          .step('send the mail')
          .then(
            () => sent++,
            () => failed++,
          )
          .finally(() => work.done())
      })
    },
  })
  return { modules: [mails] }
}
