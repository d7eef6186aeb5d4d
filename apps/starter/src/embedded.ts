// PostgreSQL inside this process (PGlite), in a directory: nothing has to be installed. One replica only.

import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import { MyfyError } from '@myfy/di'
import type { Dialect } from 'kysely'
import { PGliteDialect } from 'kysely-pglite-dialect'
import type { Engine, Settings } from './database.ts'

export class Embedded implements Engine {
  readonly place: string
  readonly #directory: string | undefined
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
    if (this.#directory) {
      await this.#lock(this.#directory)
      if (!existsSync(this.#files)) await makeDatabase(this.#files, signal)
    }
    this.#pglite = await PGlite.create(this.#files)
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
    if (this.#pglite && !this.#pglite.closed) await this.#pglite.close()
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

  get #files(): string {
    return this.#directory ? join(this.#directory, 'pglite') : 'memory://'
  }

  #lockFile(directory: string): string {
    return join(directory, 'process.pid')
  }
}

/** Takes seconds of computing: in a thread, so that this one stays awake and can give it up; renamed when it is whole. */
async function makeDatabase(files: string, signal: AbortSignal): Promise<void> {
  const place = `${files}.new`
  await rm(place, { recursive: true, force: true })
  const module = pathToFileURL(createRequire(import.meta.url).resolve('@electric-sql/pglite')).href
  const code = `const { module, place } = require('node:worker_threads').workerData
    import(module).then(async ({ PGlite }) => (await PGlite.create(place)).close()).then(() => process.exit())`
  const worker = new Worker(code, { eval: true, execArgv: [], workerData: { module, place } })
  try {
    await once(worker, 'exit', { signal })
  } catch (error) {
    worker.unref()
    void worker.terminate()
    throw error
  }
  await rename(place, files)
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
