// The commit of a transaction is not returned from `settle`: the request is answered before it.

import { request } from '@myfy/di'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .what is answered is committed. is broken/,
  options: (world) => {
    let [answered, committed] = [0, 0]
    world.invariant('what is answered is committed', () => answered <= committed)
    const Transaction = request(() => ({ rows: 0 }), {
      name: 'Transaction',
      settle(_, outcome) {
        if (outcome.ok)
          void world.step('commit').then(
            () => committed++,
            () => {},
          )
      },
      dispose: false,
    })
    const orders = defineModule({
      name: 'orders',
      start({ app }) {
        world.request('POST /orders', async () => {
          await app.work('request', { inject: { tx: Transaction }, label: 'POST /orders' }, ({ tx }) => {
            tx.rows++
          })
          answered++
        })
      },
    })
    return { modules: [orders] }
  },
}
