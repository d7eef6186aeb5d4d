// A module reads at once what another one loads.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /start of mail fails: Cannot read properties of undefined/,
  options: (world) => {
    let remote: { readonly sender: string } | undefined
    const configuration = defineModule({
      name: 'configuration',
      async start() {
        await world.step('read the remote configuration')
        remote = { sender: 'a@example.com' }
      },
    })
    const mail = defineModule({
      name: 'mail',
      start() {
        return void remote!.sender.length
      },
    })
    return { modules: [configuration, mail], startup: { concurrency: 'levels' } }
  },
}
