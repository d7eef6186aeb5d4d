// PostgreSQL inside this process (PGlite), in a directory: nothing has to be installed. One replica only.

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { MyfyError } from '@myfy/di'
import type { Dialect } from 'kysely'
import { PGliteDialect } from 'kysely-pglite-dialect'
import type { Engine, Settings } from './database.ts'

export class Embedded implements Engine {
  readonly place: string
  readonly #directory: string | undefined
  #opening: Promise<PGlite> | undefined
  #pglite: PGlite | undefined
  #locked = false

  constructor({ dataDir }: Settings) {
    this.#directory = dataDir === 'memory://' ? undefined : resolve(dataDir)
    this.place = this.#directory ? `embedded in ${this.#directory}` : 'embedded in memory'
  }

  get dialect(): Dialect {
    return new PGliteDialect(this.#pglite!)
  }

  async open(signal: AbortSignal): Promise<void> {
    if (this.#directory) await this.#lock(this.#directory)
    signal.throwIfAborted()
    // The first time it takes seconds and cannot be interrupted: a start that is given up does not wait for it.
    this.#opening = PGlite.create(this.#directory ? join(this.#directory, 'pglite') : 'memory://')
    const given = new Promise<never>((_, up) =>
      signal.addEventListener('abort', () => up(signal.reason), { once: true }),
    )
    this.#pglite = await Promise.race([this.#opening, given])
  }

  async listen(
    channel: string,
    heard: (payload: string) => void,
    listening: () => void,
    signal: AbortSignal,
  ): Promise<void> {
    const unlisten = await this.#pglite!.listen(channel, heard)
    listening()
    await new Promise((ended) => signal.addEventListener('abort', ended, { once: true }))
    await unlisten()
  }

  async close(): Promise<void> {
    const pglite = await this.#opening?.catch(() => undefined)
    if (pglite && !pglite.closed) await pglite.close()
    if (this.#locked) await rm(this.#lockFile(this.#directory!), { force: true })
  }

  /** PGlite does not notice a second process in its directory, and both would overwrite each other's pages. */
  async #lock(directory: string): Promise<void> {
    const file = this.#lockFile(directory)
    await mkdir(directory, { recursive: true })
    const taken = await writeFile(file, String(process.pid), { flag: 'wx' }).catch(() =>
      readFile(file, 'utf8'),
    )
    if (taken && Number(taken) !== process.pid && isAlive(Number(taken))) {
      throw new MyfyError(
        'DATA_DIR_IN_USE',
        `the data directory ${directory} is in use by process ${taken}; stop that process, choose another directory with DATA_DIR, or share a server with DATABASE_URL`,
      )
    }
    if (taken) await writeFile(file, String(process.pid))
    this.#locked = true
  }

  #lockFile(directory: string): string {
    return join(directory, 'process.pid')
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
