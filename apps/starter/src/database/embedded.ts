// PostgreSQL inside this process (PGlite), in a directory. It needs no installation and serves one replica only.

import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import type { Logger } from '@myfy/core'
import { Kysely } from 'kysely'
import { PGliteDialect } from 'kysely-pglite-dialect'
import { lockDirectory } from './directory-lock.ts'
import type { Engine, Tables } from './engine.ts'

/** Opens the database in a directory, or a temporary one in memory: `memory://`. */
export async function openEmbedded(dataDir: string, signal: AbortSignal, logger: Logger): Promise<Engine> {
  const inMemory = dataDir === 'memory://'
  const directory = resolve(dataDir)
  const files = inMemory ? dataDir : join(directory, 'pglite')
  // PGlite does not notice a second process in its directory, and each would overwrite the pages of the other.
  const unlock = inMemory ? () => {} : await lockDirectory(directory)
  try {
    if (!inMemory && !existsSync(files)) {
      logger.info({}, `creating an embedded database in ${directory}; this takes a few seconds`)
      await createDatabase(files, signal)
    }
    return open(
      await PGlite.create(files),
      inMemory ? 'embedded in memory' : `embedded in ${directory}`,
      unlock,
    )
  } catch (error) {
    await unlock()
    throw error
  }
}

function open(pglite: PGlite, label: string, unlock: () => unknown): Engine {
  const query = new Kysely<Tables>({ dialect: new PGliteDialect(pglite) })
  return {
    label,
    query,
    async listen(channel, receive, signal) {
      const unlisten = await pglite.listen(channel, receive)
      receive()
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      await unlisten()
    },
    // It has a single connection: a statement would wait for the transaction that is open.
    ping: () => pglite.waitReady,
    close: () => query.destroy().finally(unlock),
  }
}

/** Creates the files in a thread, as it takes seconds of computation, and renames them when they are complete. */
async function createDatabase(files: string, signal: AbortSignal): Promise<void> {
  const incomplete = `${files}.new`
  await rm(incomplete, { recursive: true, force: true })
  const module = pathToFileURL(createRequire(import.meta.url).resolve('@electric-sql/pglite')).href
  const code = `const { module, directory } = require('node:worker_threads').workerData
    import(module).then(async ({ PGlite }) => (await PGlite.create(directory)).close()).then(() => process.exit())`
  const workerData = { module, directory: incomplete }
  const worker = new Worker(code, { eval: true, execArgv: [], workerData })
  worker.unref()
  await once(worker, 'exit', { signal }).finally(() => void worker.terminate())
  await rename(incomplete, files)
}
