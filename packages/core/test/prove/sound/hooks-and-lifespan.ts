// A lifespan and hooks around the modules.

import { defineModule } from '../../../src/index.ts'
import type { Sound } from '../seeded.ts'

export const sound: Sound = (world) => {
  const open = new Set<string>()
  const clock = defineModule({
    name: 'clock',
    start: () => void open.add('clock'),
    stop: () => void open.delete('clock'),
  })
  world.invariant('the lifespan outlives the modules', () => !open.has('clock') || open.has('lifespan'))
  world.invariant('everything is closed at the end', () => !world.ended || open.size === 0)
  return {
    modules: [clock],
    onStartup: [() => world.step('read the secrets')],
    onShutdown: [() => world.step('notify the operators')],
    async *lifespan() {
      open.add('lifespan')
      yield
      open.delete('lifespan')
    },
  }
}
