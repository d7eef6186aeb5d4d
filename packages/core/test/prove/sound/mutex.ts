// Requests take turns by a lock, which is released in any case; a request that waits is refused when the lock closes.

import { defineModule } from '../../../src/index.ts'
import type { Sound } from '../seeded.ts'

class Lock {
  #tail: Promise<unknown> = Promise.resolve()

  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work)
    this.#tail = result.catch(() => {})
    return result
  }
}

export const sound: Sound = (world) => {
  const lock = new Lock()
  let balance = 0
  let inside = 0
  const bank = defineModule({
    name: 'bank',
    start({ track }) {
      for (const name of ['Ada', 'Grace']) {
        world.request(`a deposit of ${name}`, async () => {
          using _work = track('request', 'POST /deposits')
          await lock.run(async () => {
            inside++
            try {
              const before = balance
              await world.step(`write the deposit of ${name}`)
              balance = before + 10
            } finally {
              inside--
            }
          })
        })
      }
    },
  })
  world.invariant('one at a time', () => inside <= 1 && balance % 10 === 0)
  return { modules: [bank] }
}
