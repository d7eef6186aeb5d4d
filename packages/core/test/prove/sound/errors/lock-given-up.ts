// A request that gives up waiting for a lock leaves the queue.

import { defineModule } from '../../../../src/index.ts'
import type { Sound } from '../../seeded.ts'

class Lock {
  #isTaken = false
  readonly #waiting = new Set<(won: boolean) => void>()

  acquire(ms: number): Promise<boolean> {
    if (!this.#isTaken) {
      this.#isTaken = true
      return Promise.resolve(true)
    }
    return new Promise((resolve) => {
      const end = (won: boolean) => {
        clearTimeout(timer)
        this.#waiting.delete(end)
        resolve(won)
      }
      const timer = setTimeout(end, ms, false)
      this.#waiting.add(end)
    })
  }

  release(): void {
    const [next] = this.#waiting
    if (next) next(true)
    else this.#isTaken = false
  }
}

export const sound: Sound = (world) => {
  const lock = new Lock()
  let held = 0
  const stock = defineModule({
    name: 'stock',
    start({ track }) {
      for (const name of ['one', 'two']) {
        world.request(name, async () => {
          using _work = track('request', name)
          if (!(await lock.acquire(1_000))) return
          held++
          try {
            await world.step(`write ${name}`)
          } finally {
            held--
            lock.release()
          }
        })
      }
    },
  })
  world.invariant('one at a time', () => held <= 1)
  return { modules: [stock] }
}
