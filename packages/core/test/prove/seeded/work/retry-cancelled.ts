// The stop cancels the timer of a retry, and with it the mail.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .every mail is sent. is broken/,
  options: (world) => {
    let [accepted, sent] = [0, 0]
    world.invariant('every mail is sent', () => !world.ended || accepted === sent)
    let retry: NodeJS.Timeout | undefined
    const mail = defineModule({
      name: 'mail',
      start() {
        world.request('a mail', () => {
          accepted++
          retry = setTimeout(() => sent++, 500)
        })
      },
      stop: () => clearTimeout(retry),
    })
    return { modules: [mail] }
  },
}
