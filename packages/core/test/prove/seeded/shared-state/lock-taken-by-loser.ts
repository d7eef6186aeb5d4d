// A request gives up waiting for a lock after a second. Its place in the queue remains, takes the lock, and never releases it.

import { setTimeout as sleep } from 'node:timers/promises'
import { defineModule } from '../../../../src/index.ts'
import type { Seeded } from '../../seeded.ts'

class Lock {
  isTaken = false
  readonly #waiting: Array<() => void> = []

  async acquire(): Promise<void> {
    if (this.isTaken) return new Promise((resolve) => this.#waiting.push(resolve))
    this.isTaken = true
  }

  release(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.isTaken = false
  }
}

export const seeded: Seeded = {
  finds: /the invariant .the lock is free at the end. is broken/,
  options: (world) => {
    const lock = new Lock()
    const stock = defineModule({
      name: 'stock',
      start({ track }) {
        for (const name of ['one', 'two']) {
          world.request(name, async () => {
            using _work = track('request', name)
            const late = new AbortController()
            const limit = sleep(1_000, false, { signal: late.signal }).catch(() => false)
            const won = await Promise.race([lock.acquire().then(() => true), limit])
            late.abort()
            if (!won) return // 503
            await sleep(1_500)
            lock.release()
          })
        }
      },
    })
    world.invariant('the lock is free at the end', () => !world.ended || !lock.isTaken)
    return { modules: [stock] }
  },
}
