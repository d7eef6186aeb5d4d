// Six modules in three levels; each acquires in two steps, and releases what it has got, however it ends.

import { defineModule } from '../../../src/index.ts'
import type { Sound } from '../seeded.ts'

export const sound: Sound = (world) => {
  const open = new Set<string>()
  const requirements: Record<string, readonly string[]> = {
    settings: [],
    database: ['settings'],
    search: ['settings'],
    catalog: ['database', 'search'],
  }
  const modules = Object.entries(requirements).map(([name, requires]) =>
    defineModule({
      name,
      requires,
      async start({ signal, defer }) {
        await world.step(`open ${name}`, signal)
        open.add(name)
        defer(() => open.delete(name))
        if (!requires.every((one) => open.has(one))) throw new Error(`${name} misses one of ${requires}`)
      },
    }),
  )
  world.invariant('everything is closed at the end', () => !world.ended || open.size === 0)
  return { modules, startup: { concurrency: 'levels' } }
}
