// A task that restarts after a failure begins at the first row again.

import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

export const seeded: Seeded = {
  finds: /the invariant .no row is written twice. is broken/,
  options: (world) => {
    const written: number[] = []
    world.invariant('no row is written twice', () => new Set(written).size === written.length)
    const importer = defineModule({
      name: 'importer',
      start({ spawn }) {
        spawn(
          'import',
          async (signal) => {
            for (const row of [1, 2, 3]) {
              await world.step(`write row ${row}`, signal)
              written.push(row)
            }
          },
          { onError: 'restart', until: 'drain' },
        )
      },
    })
    return { modules: [importer] }
  },
}
