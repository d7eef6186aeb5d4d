// PostgreSQL inside this process (PGlite), in a directory. It needs no installation and serves one process only.

import { existsSync, readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { PGlite, PGliteOptions } from '@electric-sql/pglite'
import type { Logger } from '@myfy/core'
import type { Kysely } from 'kysely'
import { queryBuilder } from '../engine/connection-dialect.ts'
import { markDriverError, ofDriver } from '../engine/driver-error.ts'
import type { BeginOptions, Engine, OpenTransaction, Rows, StatementOptions } from '../engine/engine.ts'
import { Turns } from '../engine/turns.ts'
import { DatabaseError } from '../errors.ts'
import { lockDirectory } from './directory-lock.ts'
import { beginEmbedded } from './embedded-transaction.ts'
import { preparedArchive, unpack } from './prepared-files.ts'
import { rowsOf, scriptRows } from './rows.ts'

/** The directory that stands for a temporary database in memory. */
export const IN_MEMORY = 'memory://'

/** The type number of `int8`, which pg returns as text: a number could not hold every value. */
const INT8 = 20

/** The cache of PostgreSQL, which is taken at the start. The 128 MB of its default would be a third of the process. */
const CACHE = '32MB'

/** The version of PostgreSQL in PGlite 0.5. */
const MAJOR_VERSION = '18'

/** Options of an embedded database. */
export interface EmbeddedOptions {
  /** The directory, or {@link IN_MEMORY}. */
  readonly directory: string
  /** The longest time that a transaction waits for the connection, in ms. */
  readonly statementTimeout: number
}

/** Opens the database in a directory, and creates it if it does not exist. */
export async function openEmbedded(
  { directory: given, statementTimeout }: EmbeddedOptions,
  signal: AbortSignal,
  logger: Logger,
): Promise<Engine> {
  const parts = { timeout: statementTimeout, logger }
  if (given === IN_MEMORY) {
    const archive = await preparedArchive()
    const pglite = await create(archive ? { loadDataDir: archive } : {})
    return new EmbeddedEngine({ ...parts, pglite, label: 'embedded in memory', unlock: () => {} })
  }
  const directory = resolve(given)
  // PGlite does not notice a second process in its directory, and each would overwrite the pages of the other.
  const unlock = await lockDirectory(directory)
  try {
    const pglite = await openDirectory(directory, logger)
    const engine = new EmbeddedEngine({ ...parts, pglite, label: `embedded in ${directory}`, unlock })
    if (!signal.aborted) return engine
    await pglite.close()
    throw signal.reason
  } catch (error) {
    await unlock()
    throw error
  }
}

/** A marker stands beside the files until they are complete: a process that is killed meanwhile leaves nothing half done. */
async function openDirectory(directory: string, logger: Logger): Promise<PGlite> {
  const files = join(directory, 'pglite')
  const marker = join(directory, 'incomplete')
  if (existsSync(marker)) await rm(files, { recursive: true, force: true })
  const isNew = !existsSync(files)
  if (isNew) {
    logger.info({ directory }, `creating the database in ${directory}`)
    await writeFile(marker, '')
  }
  if (!isNew) assertVersion(directory, files)
  const archive = isNew ? await preparedArchive() : undefined
  if (archive) await unpack(archive, files)
  const pglite = await create({ dataDir: files })
  if (isNew) await rm(marker)
  return pglite
}

/** @throws DatabaseError if the files are of another version, which PostgreSQL cannot read */
function assertVersion(directory: string, files: string): void {
  const path = join(files, 'PG_VERSION')
  const version = existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined
  if (version === undefined || version === MAJOR_VERSION) return
  throw new DatabaseError(
    'MYFY_DATABASE_VERSION',
    `Cannot open the database in ${directory}: its files are of PostgreSQL ${version}, and the embedded one is ${MAJOR_VERSION}. Export its data with the version of @electric-sql/pglite that has created it, and import them into a new directory.`,
  )
}

/** Opens the database, and creates it where there is none. */
async function create(options: PGliteOptions): Promise<PGlite> {
  const { PGlite } = await import('@electric-sql/pglite').catch((cause) => {
    throw new DatabaseError(
      'MYFY_DATABASE_DRIVER_MISSING',
      'Cannot open an embedded database: @electric-sql/pglite cannot be imported. Install it, or set the option url to a PostgreSQL server.',
      { cause },
    )
  })
  return PGlite.create({
    ...options,
    startParams: [...PGlite.defaultStartParams, '-c', `shared_buffers=${CACHE}`],
    parsers: { [INT8]: (text: string) => text },
  })
}

/** The parts of an engine. */
interface EmbeddedParts {
  readonly pglite: PGlite
  readonly label: string
  /** The longest time that a transaction waits for the connection, in ms. */
  readonly timeout: number
  /** Gives the directory back. */
  readonly unlock: () => unknown
  readonly logger: Logger
}

class EmbeddedEngine implements Engine {
  readonly kind = 'embedded'
  readonly label: string
  // biome-ignore lint/suspicious/noExplicitAny: see Engine
  readonly query: Kysely<any>
  readonly #pglite: PGlite
  readonly #timeout: number
  readonly #unlock: () => unknown
  readonly #turns: Turns

  constructor({ pglite, label, timeout, unlock, logger }: EmbeddedParts) {
    this.label = label
    this.#pglite = pglite
    this.#timeout = timeout
    this.#unlock = unlock
    this.#turns = new Turns((text) => logger.warn({}, text))
    this.query = queryBuilder({ connect: async () => this, begin: (options) => this.begin(options) })
  }

  execute<Row>(
    text: string,
    values: readonly unknown[] = [],
    { arrays }: StatementOptions = {},
  ): Promise<Rows<Row>> {
    const options = arrays ? ({ rowMode: 'array' } as const) : {}
    return this.#turns.during({ ms: this.#timeout }, () =>
      ofDriver(async () => rowsOf<Row>(await this.#pglite.query(text, [...values], options))),
    )
  }

  script(text: string): Promise<Rows> {
    return this.#turns.during({ ms: this.#timeout }, async () => {
      try {
        return scriptRows(await this.#pglite.exec(text))
      } catch (error) {
        // A script that contains BEGIN would leave the only connection in a failed transaction.
        await this.#pglite.query('rollback').catch(() => {})
        throw markDriverError(error)
      }
    })
  }

  async begin({ timeout = this.#timeout, ...options }: BeginOptions = {}): Promise<OpenTransaction> {
    const { signal, label = 'a transaction of Database' } = options
    const end = await this.#turns.take({ ms: Math.min(timeout, this.#timeout), signal, label })
    return beginEmbedded(this.#pglite, options, end)
  }

  async listen(channel: string, receive: (payload?: string) => void, signal: AbortSignal): Promise<void> {
    const unlisten = await this.#pglite.listen(channel, receive)
    receive()
    if (!signal.aborted) await new Promise((stop) => signal.addEventListener('abort', stop, { once: true }))
    await unlisten()
  }

  /** Never waits: the only connection may be in a transaction. */
  async ping(): Promise<void> {
    await this.#pglite.waitReady
  }

  async close(): Promise<void> {
    try {
      await this.#pglite.close()
    } finally {
      await this.#unlock()
    }
  }
}
