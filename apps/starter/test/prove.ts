// The application for `myfy prove`: the modules of this application, with stand-ins for the database and the network.

import { once } from 'node:events'
import { Application, type Logger, type StartContext, type Transport } from '@myfy/core'
import type { World } from '@myfy/core/testing'
import { DataModule, type Engine } from '@myfy/data'
import { CacheModule } from '../src/cache.ts'
import { Database } from '../src/database.ts'
import { EventsModule } from '../src/events.ts'
import { MetricsModule } from '../src/metrics.ts'
import { AppSettings } from '../src/settings.ts'

/** The database as its module opens it. */
interface Attachable {
  attach(engine: Engine, logger: Logger): void
}

/** A database of which each statement is a step that may fail and hang. */
class DatabaseStandIn extends DataModule {
  readonly #world: World

  constructor(world: World) {
    super()
    this.#world = world
  }

  override async start({ signal, defer, logger }: StartContext): Promise<void> {
    const world = this.#world
    await world.step('connect to the database', signal)
    let isOpen = true
    const assertOpen = () => {
      if (!isOpen) throw new Error('the database is used after it was closed')
    }
    const engine: Partial<Engine> = {
      kind: 'postgres',
      label: 'database',
      async execute<Row>() {
        assertOpen()
        await world.step('statement')
        return { rows: [{ count: 3 }] as Row[], changed: 0 }
      },
      async listen(_, receive, ending) {
        assertOpen()
        await world.step('listen', ending)
        receive()
        if (!ending.aborted) await once(ending, 'abort')
      },
      ping: async () => assertOpen(),
      close: async () => {},
    }
    const database = this.container.get(Database) as unknown as Attachable
    database.attach(engine as Engine, logger)
    defer(() => {
      isOpen = false
    })
  }
}

/** The network: it accepts one request. */
const network: Transport = { name: 'network', async listen() {}, async drain() {}, close() {} }

/** Creates the application. */
export function prove(world: World) {
  return new Application({
    settings: AppSettings,
    modules: [
      new DatabaseStandIn(world),
      new CacheModule(),
      new MetricsModule(),
      new EventsModule(),
      { name: 'web', transports: () => [network] },
    ],
  })
}
