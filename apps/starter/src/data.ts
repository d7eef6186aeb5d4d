// DataModule: opens the database, migrates it, and hears its changes.

import { BaseModule, type CommandContext, type ModuleCommand, type StartContext } from '@myfy/core'
import type { Container } from '@myfy/di'
import { sql } from 'kysely'
import { Changes } from './changes.ts'
import { Database } from './database.ts'
import { migrations } from './migrations.ts'
import { Session } from './session.ts'
import { AppSettings } from './settings.ts'

export class DataModule extends BaseModule {
  override name = 'data'

  /** The embedded database has its directory for itself: a reload stops the old module before the new one starts. */
  override get exclusive(): boolean {
    return !this.container.get(AppSettings).databaseUrl
  }

  override configure(container: Container): void {
    container.register(Database).register(Changes)
    container.register(Session, {
      scope: 'request',
      inject: [Database],
      settle: (session, outcome) => session.settle(outcome),
    })
  }

  override async start({ signal, logger, defer, spawn }: StartContext): Promise<void> {
    const database = this.container.get(Database)
    await database.open(this.container.get(AppSettings), signal, logger)
    const { engine } = database
    defer(() => engine.close())
    const steps = await database.migrate()
    logger.info({ steps }, `${engine.place}, ${steps.length} migrations done`)
    const changes = this.container.get(Changes)
    const listen = (ending: AbortSignal) => changes.listen(engine, ending)
    spawn('hear changes', listen, { onError: 'restart', maxRetryDelay: 1_000 })
    await changes.heard(signal)
  }

  override async isHealthy(): Promise<boolean> {
    await sql`select 1`.execute(this.container.get(Database).engine.query)
    return true
  }

  override commands(): readonly ModuleCommand[] {
    const run = ({ print }: CommandContext) => print(`the tables are at ${Object.keys(migrations).at(-1)}`)
    return [{ name: 'db migrate', description: 'bring the tables up to date and end', starts: true, run }]
  }
}
