// DataModule: opens the database, migrates it, and gives requests and tasks their transaction.

import {
  BaseModule,
  ClusterTurns,
  CurrentWork,
  type Diagnostic,
  type HandlerOption,
  type Logger,
  type ModuleCommand,
  OptionError,
  type PlanEntry,
  type StartContext,
} from '@myfy/core'
import { assertKnownOptions, durationOption, plural, type SoleModule, soleModule } from '@myfy/core/runtime'
import { type Container, optional } from '@myfy/di'
import { dataCommands } from './commands.ts'
import { type DataOptions, dataOptionNames, describeOptions } from './data-options.ts'
import { dataPlan, diagnoseData } from './data-report.ts'
import { Database } from './engine/database.ts'
import { responseTo } from './engine/database-errors.ts'
import type { Engine } from './engine/engine.ts'
import { MigrationError } from './errors.ts'
import { IDEMPOTENCY_TABLE, purgeKeys } from './idempotency/idempotency-keys.ts'
import { idempotentOption } from './idempotency/idempotent-option.ts'
import { everyInCluster } from './leases/every-in-cluster.ts'
import { createTables, readStatus } from './migrations/journal.ts'
import { migrate } from './migrations/migrate.ts'
import { contentOf, readMigrations } from './migrations/migration.ts'
import { proveCommand } from './prove-command.ts'
import { Session } from './sessions/session.ts'
import { transactionOption } from './sessions/transaction-option.ts'

/**
 * The module of a database. Services inject `Session`, the transaction of their request or task, or `Database`.
 *
 * @example
 * ```ts
 * import { Application } from '@myfy/core'
 * import { DataModule } from '@myfy/data'
 *
 * export const app = new Application().addModule(
 *   new DataModule({ migrations: { '0001-users': 'create table users (id serial primary key, name text not null)' } }),
 * )
 * ```
 */
export class DataModule extends BaseModule {
  /** The name of the module. */
  override name = 'data'
  /** The options. */
  readonly options: DataOptions
  /** Turns errors of the database into responses: 503 while it is unreachable, 409 for a value that is taken. */
  readonly exceptionHandlers = [[Error, responseTo]] as const
  #content = ''

  /** @throws OptionError if an option does not exist */
  constructor(options: DataOptions = {}) {
    super()
    assertKnownOptions('DataModule', options, dataOptionNames)
    this.options = options
  }

  /** The embedded database admits one user of its directory: a reload stops the old module before the new one starts. */
  override get exclusive(): boolean {
    return this.options.url === undefined && this.options.engine === undefined
  }

  /** @internal */
  get [soleModule](): SoleModule {
    return {
      type: 'DataModule',
      fix: 'Keep one of them, with the migrations of both, and open any other database in a separate provider',
    }
  }

  /** Registers `Database` and `Session`. */
  override configure(container: Container): void {
    container.register(Database, { inject: [], factory: () => new Database() })
    container.register(Session, {
      scope: 'work',
      inject: [Database, optional(CurrentWork)],
      factory: (database, work) => new Session(database, work),
      settle: (session, outcome) => session.settle(outcome),
    })
    container.register(ClusterTurns, {
      inject: [],
      factory: () => ({
        every: (context, interval, name, work) =>
          everyInCluster(context, interval, name, ({ signal }) => work(signal)),
      }),
    })
  }

  /** The options `transaction` and `idempotent` of routes. */
  override handlerOptions(): readonly HandlerOption[] {
    return [transactionOption, idempotentOption]
  }

  /** Opens the database and applies pending migrations. */
  override async start({ signal, logger, defer, spawn, every }: StartContext): Promise<void> {
    const engine = await this.open(signal, logger)
    defer(() => this.close())
    const migrations = await readMigrations(this.options.migrations)
    this.#content = contentOf(this.options.migrations)
    await createTables(engine, [IDEMPOTENCY_TABLE])
    if (this.options.migrate === 'manual') await this.#assertMigrated(engine, migrations)
    else {
      const applied = await migrate(engine, migrations, signal, logger)
      logger.info({ applied }, `${engine.label}: ${plural(applied.length, 'migration')} applied`)
    }
    // The connection that listens shows whether the server is reachable.
    const database = this.container.get(Database)
    const listening = database.nextConnection(signal)
    const listen = (ending: AbortSignal) =>
      engine.listen('myfy', (payload) => database.notify(payload), ending)
    spawn('watch the database', listen, { onError: 'restart', maxRetryDelay: 1_000 })
    await listening
    every('1h', 'purge idempotency keys', () => purgeKeys(engine))
  }

  /** Checks the connection to the server. */
  override async isHealthy(): Promise<boolean> {
    await this.container.get(Database).engine.ping()
    return true
  }

  /** The commands `db migrate`, `db status`, `db new`, `db check` and `db prove`. */
  override commands(): readonly ModuleCommand[] {
    return [...dataCommands(this), proveCommand(this)]
  }

  /** The database and its migrations, for `myfy plan`. */
  override planEntries(): readonly PlanEntry[] {
    return dataPlan(this.options)
  }

  /** Reads the migrations, for `myfy doctor`. */
  override diagnose(): Promise<readonly Diagnostic[]> {
    return diagnoseData(this.options)
  }

  /** A reload keeps the database open if the options and the migrations are the same. */
  override canReuse(running: DataModule): boolean {
    const isSame = describeOptions(this.options) === describeOptions(running.options)
    return isSame && contentOf(this.options.migrations) === running.#content
  }

  /** Opens the database without migrating it. @internal */
  async open(signal: AbortSignal, logger: Logger): Promise<Engine> {
    const {
      url,
      replicaUrl,
      directory = '.data',
      pool = 10,
      wait = 10_000,
      statementTimeout = 30_000,
    } = this.options
    // Again, with the values that getters give.
    assertKnownOptions('DataModule', { ...this.options }, dataOptionNames)
    if (!Number.isInteger(pool) || pool < 1)
      throw new OptionError(
        'MYFY_OPTION_INVALID',
        `Cannot use ${String(pool)} as pool of DataModule: it is not a number of connections. Use a whole number of at least 1.`,
      )
    const limit = durationOption('statementTimeout of DataModule', statementTimeout, { least: 1 })
    // Only the engine that is used is loaded: the embedded one is 20 MB of WebAssembly.
    const engine =
      this.options.engine ??
      (url === undefined
        ? await (await import('./embedded/embedded-engine.ts')).openEmbedded(
            { directory, statementTimeout: limit },
            signal,
            logger,
          )
        : await (await import('./postgres/postgres-engine.ts')).openPostgres(
            {
              url,
              replicaUrl,
              pool,
              wait: durationOption('wait of DataModule', wait),
              statementTimeout: limit,
            },
            signal,
            logger,
          ))
    this.container.get(Database).attach(engine, logger)
    return engine
  }

  /** Closes the database, unless it was given. @internal */
  async close(): Promise<void> {
    if (!this.options.engine) await this.container.get(Database).close()
  }

  async #assertMigrated(engine: Engine, migrations: Parameters<typeof readStatus>[1]): Promise<void> {
    const { pending } = await readStatus(engine, migrations)
    const [first] = pending
    if (!first) return
    throw new MigrationError(
      'MYFY_MIGRATION_PENDING',
      `Cannot start the application: ${plural(pending.length, 'migration')} must be applied first, beginning with ${first.name}. Run \`myfy db migrate\`, or set the option migrate to 'start'.`,
      first.name,
    )
  }
}
