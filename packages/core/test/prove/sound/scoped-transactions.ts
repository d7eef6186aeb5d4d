// Requests in scopes: a transaction commits, or rolls back when a step of the request fails.

import { request, singleton } from '@myfy/di'
import { defineModule } from '../../../src/index.ts'
import type { Sound } from '../seeded.ts'

export const sound: Sound = (world) => {
  let [open, committed, answered] = [0, 0, 0]
  const Connections = singleton(() => ({ begin: () => void open++ }), { name: 'Connections' })
  const Transaction = request(
    { connections: Connections },
    ({ connections }) => {
      connections.begin()
      return { rows: 0 }
    },
    {
      name: 'Transaction',
      async settle(transaction: { rows: number }, outcome) {
        if (outcome.ok) await world.step('commit')
        if (outcome.ok) committed += transaction.rows
        open--
      },
      dispose: false,
    },
  )
  const orders = defineModule({
    name: 'orders',
    start({ app }) {
      for (const name of ['one', 'two']) {
        world.request(name, async () => {
          await app.work(
            'request',
            { inject: { transaction: Transaction }, label: name },
            async ({ transaction }) => {
              await world.step(`insert ${name}`)
              transaction.rows++
            },
          )
          answered++
        })
      }
    },
  })
  world.invariant('what is answered is committed', () => answered <= committed)
  return { modules: [orders] }
}
