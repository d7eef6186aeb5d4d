// Five modules start one after the other and stop in reverse.

import { defineModule } from '../../../src/index.ts'
import type { Sound } from '../seeded.ts'

export const sound: Sound = (world) => {
  const open: string[] = []
  const database = defineModule({
    name: 'database',
    async start({ defer, signal }) {
      await world.step('connect', signal)
      open.push('database')
      defer(() => open.pop())
    },
  })
  const rest = ['cache', 'queue', 'mail', 'web'].map((name) =>
    defineModule({
      name,
      async start() {
        await null
        if (!open.includes('database')) throw new Error('no database')
      },
      async stop() {
        await null
        if (!open.includes('database')) throw new Error('no database')
      },
    }),
  )
  world.invariant('the database is closed at the end', () => !world.ended || open.length === 0)
  return { modules: [database, ...rest] }
}
