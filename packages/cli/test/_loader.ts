// Loads one entry after the other in one process, by the source of the command line, and prints what it found.

import { findEntry } from '../src/entry.ts'
import { loadApplication } from '../src/load.ts'

const [cwd = '', ...names] = process.argv.slice(2)
for (const wanted of names) {
  const { app, settle } = await loadApplication(findEntry({ cwd, wanted, env: {} }), cwd)
  console.log(JSON.stringify([wanted, app.modules.map(({ name }) => name)]))
  settle(0)
}
