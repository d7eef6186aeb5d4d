// Both connections are opened at once. If one fails, the other one opens all the same, and nothing closes it.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .everything is closed at the end. is broken/,
  options: (world) => {
    const open = new Set<string>()
    world.invariant('everything is closed at the end', () => !world.ended || open.size === 0)
    const connect = async (name: string) => {
      await world.step(`connect to ${name}`)
      open.add(name)
      return name
    }
    const brokers = defineModule({
      name: 'brokers',
      async start({ defer }) {
        const names = await Promise.all([connect('orders'), connect('events')])
        defer(() => {
          for (const name of names) open.delete(name)
        })
      },
    })
    return { modules: [brokers] }
  },
}
