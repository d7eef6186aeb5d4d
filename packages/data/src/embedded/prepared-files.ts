// The files of an empty database, from the archive that its package ships: initdb would take five times as long.

import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
// A reader of archives without dependencies.
import { parseTar } from 'nanotar'

/** Returns the archive; undefined if its package is not installed, so that PGlite runs initdb. */
export async function preparedArchive(): Promise<Blob | undefined> {
  return import('@electric-sql/pglite-prepopulatedfs').then(
    ({ dataDir }) => dataDir(),
    () => undefined,
  )
}

/** Unpacks the archive into a directory. PGlite would keep all of it in memory to do so. */
export async function unpack(archive: Blob, directory: string): Promise<void> {
  const entries = parseTar(gunzipSync(await archive.arrayBuffer()))
  for (const { name, type, data } of entries) {
    const path = join(directory, name)
    await mkdir(type === 'directory' ? path : dirname(path), { recursive: true, mode: 0o700 })
    if (type !== 'directory') await writeFile(path, data ?? '', { mode: 0o600 })
  }
}
