// The connection is an asynchronous service, which the container builds before the start and disposes after the stop.

import { singleton } from '@myfy/di'
import { defineModule } from '../../../src/index.ts'
import type { Sound } from '../seeded.ts'

export const sound: Sound = (world) => {
  let open = 0
  const Connection = singleton(
    async () => {
      await world.step('connect')
      open++
      return { query: async () => world.step('query') }
    },
    {
      name: 'Connection',
      dispose() {
        open--
      },
    },
  )
  const Cache = singleton(
    { connection: Connection },
    ({ connection }) => ({ load: () => connection.query() }),
    {
      name: 'Cache',
    },
  )
  const users = defineModule({
    name: 'users',
    inject: { cache: Cache },
    start: (_, { cache }) => cache.load(),
    stop: (_, { cache }) => void cache,
  })
  world.invariant('no connection is left', () => !world.ended || open === 0)
  world.invariant('one connection', () => open <= 1)
  return { modules: [users] }
}
