// DataModule: opens the database, migrates it, and receives its changes.

import { BaseModule, type CommandContext, type ModuleCommand, type StartContext } from '@myfy/core'
import type { Container } from '@myfy/di'
import { Changes } from '../changes.ts'
import { AppSettings } from '../settings.ts'
import { Database } from './database.ts'
import { migrations } from './migrations.ts'
import { Session } from './session.ts'

export class DataModule extends BaseModule {
  override name = 'data'

  /** The embedded database admits one user of its directory: a reload stops the old module before the new one starts. */
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
    const applied = await database.migrate()
    logger.info({ applied }, `${engine.label}: ${applied.length} migrations applied`)
    const changes = this.container.get(Changes)
    const listen = (ending: AbortSignal) => changes.listen(engine, ending)
    spawn('receive changes', listen, { onError: 'restart', maxRetryDelay: 1_000 })
    await changes.next(signal)
  }

  override async isHealthy(): Promise<boolean> {
    await this.container.get(Database).engine.ping()
    return true
  }

  override commands(): readonly ModuleCommand[] {
    const run = ({ print }: CommandContext) => print(`schema version: ${Object.keys(migrations).at(-1)}`)
    return [{ name: 'db migrate', description: 'apply pending migrations and exit', starts: true, run }]
  }
}
