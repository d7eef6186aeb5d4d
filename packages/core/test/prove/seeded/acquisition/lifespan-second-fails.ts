// The lifespan has connected to the database when the broker refuses it.

import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .everything is closed at the end. is broken/,
  options: (world) => {
    const open = new Set<string>()
    world.invariant('everything is closed at the end', () => !world.ended || open.size === 0)
    return {
      async *lifespan() {
        await world.step('connect to the database')
        open.add('database')
        await world.step('connect to the broker')
        open.add('broker')
        yield
        open.clear()
      },
    }
  },
}
