// An interval skips a turn while the last one runs, and the stop waits for it.

import { setTimeout as sleep } from 'node:timers/promises'
import { defineModule } from '../../../../src/index.ts'
import type { Sound } from '../../seeded.ts'

export const sound: Sound = (world) => {
  let importing = 0
  world.invariant('one import at a time', () => importing <= 1)
  let [timer, running]: [NodeJS.Timeout | undefined, Promise<void> | undefined] = [undefined, undefined]
  const turn = async () => {
    importing++
    await sleep(1_500)
    importing--
    running = undefined
  }
  const imports = defineModule({
    name: 'imports',
    start() {
      timer = setInterval(() => {
        running ??= turn()
      }, 1_000)
    },
    async stop() {
      clearInterval(timer)
      await running
    },
  })
  world.invariant('nothing runs after the end', () => !world.ended || importing === 0)
  return { modules: [imports] }
}
