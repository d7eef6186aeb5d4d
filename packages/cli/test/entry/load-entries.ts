// Loads one entry after the other in one process, by the source of the command line, and prints what it found.

import { findEntry } from '../../src/entry/find-entry.ts'
import { loadApplication } from '../../src/entry/load-application.ts'

/** One line of the output: the entry, and the modules of its application. */
export type Found = readonly [entry: string, modules: readonly string[]]

const [cwd = '', ...names] = process.argv.slice(2)
for (const wanted of names) {
  const { app, settle } = await loadApplication(findEntry({ cwd, requested: wanted, env: {} }), { cwd })
  const line: Found = [wanted, app.modules.map(({ name }) => name)]
  console.log(JSON.stringify(line))
  settle(0)
}
