// DataModule: opens the database, migrates it, and hears its changes.

import { BaseModule, type ModuleCommand, type StartContext } from '@myfy/core'
import type { Container } from '@myfy/di'
import { Changes } from './changes.ts'
import { Database } from './database.ts'
import { Session } from './session.ts'
import { AppSettings } from './settings.ts'

export class DataModule extends BaseModule {
  override name = 'data'

  /** The embedded database has its directory for itself: a reload stops the old module before the new one starts. */
  override get exclusive(): boolean {
    return !this.container.get(AppSettings).databaseUrl
  }

  override configure(container: Container): void {
    container
      .register(Database, { inject: [AppSettings] })
      .register(Changes)
      .register(Session, {
        scope: 'request',
        inject: [Database],
        settle: (session, outcome) => session.settle(outcome),
      })
  }

  override async start({ signal, logger, defer, spawn }: StartContext): Promise<void> {
    const database = this.container.get(Database)
    defer(() => database.close())
    await database.open(signal, logger)
    const steps = await database.migrate()
    logger.info(
      { place: database.engine.place, steps },
      `${database.engine.place}, ${steps.length} migrations done`,
    )
    const changes = this.container.get(Changes)
    spawn('changes', (ending) => changes.listen(database, logger, ending))
    await changes.heard(signal)
  }

  override isHealthy(): Promise<boolean> {
    return this.container.get(Database).ping()
  }

  override commands(): readonly ModuleCommand[] {
    return [
      {
        name: 'db migrate',
        description: 'bring the tables up to date, as every start does',
        run: async ({ app, signal, print }) => {
          const database = app.container.get(Database)
          try {
            await database.open(signal, app.logger)
            const steps = await database.migrate()
            print(steps.length > 0 ? `migrated: ${steps.join(', ')}` : 'nothing to migrate')
          } finally {
            await database.close()
          }
        },
      },
    ]
  }
}
