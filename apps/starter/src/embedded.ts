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
import { Kysely } from 'kysely'
import { PGliteDialect } from 'kysely-pglite-dialect'
import type { Engine, Tables } from './database.ts'

/** Opens the database in a directory, or one that is forgotten at the end: `memory://`. */
export async function openEmbedded(dataDir: string, signal: AbortSignal): Promise<Engine> {
  const inMemory = dataDir === 'memory://'
  const directory = resolve(dataDir)
  const files = inMemory ? dataDir : join(directory, 'pglite')
  const unlock = inMemory ? () => {} : await lock(directory)
  if (!inMemory && !existsSync(files)) await makeDatabase(files, signal)
  const pglite = await PGlite.create(files)
  const query = new Kysely<Tables>({ dialect: new PGliteDialect(pglite) })
  return {
    place: inMemory ? 'embedded in memory' : `embedded in ${directory}`,
    query,
    async listen(channel, heard, signal) {
      const unlisten = await pglite.listen(channel, heard)
      heard()
      await new Promise((ended) => signal.addEventListener('abort', ended, { once: true }))
      await unlisten()
    },
    close: () => query.destroy().finally(unlock),
  }
}

/** PGlite does not notice a second process in its directory, and both would overwrite each other's pages. */
async function lock(directory: string): Promise<() => Promise<void>> {
  const file = join(directory, 'process.pid')
  const pid = String(process.pid)
  await mkdir(directory, { recursive: true })
  const holder = await writeFile(file, pid, { flag: 'wx' }).catch(() => readFile(file, 'utf8'))
  if (holder && holder !== pid && isAlive(Number(holder))) {
    const remedy =
      'stop that process, choose another directory with DATA_DIR, or share a server with DATABASE_URL'
    const sentence = `the data directory ${directory} is in use by process ${holder}; ${remedy}`
    throw new MyfyError('DATA_DIR_IN_USE', sentence)
  }
  if (holder) await writeFile(file, pid)
  return () => rm(file, { force: true })
}

/** Takes seconds of computing: in a thread, so that this one stays awake and can give it up; renamed when it is whole. */
async function makeDatabase(files: string, signal: AbortSignal): Promise<void> {
  const place = `${files}.new`
  await rm(place, { recursive: true, force: true })
  const module = pathToFileURL(createRequire(import.meta.url).resolve('@electric-sql/pglite')).href
  const code = `const { module, place } = require('node:worker_threads').workerData
    import(module).then(async ({ PGlite }) => (await PGlite.create(place)).close()).then(() => process.exit())`
  const worker = new Worker(code, { eval: true, execArgv: [], workerData: { module, place } })
  worker.unref()
  await once(worker, 'exit', { signal }).finally(() => void worker.terminate())
  await rename(place, files)
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
