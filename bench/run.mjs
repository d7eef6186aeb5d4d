// `npm run bench -- <name> [--quick]`, here or in the root of the repository. prepare.mjs installs and builds everything
// that is missing or older than its source.
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { prepare } from './prepare.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const names = readdirSync(here).filter((name) => existsSync(`${here}${name}/bench.mjs`))
const [name] = process.argv.splice(2, 1)

if (name === 'render') {
  const { renderAll } = await import('./report.mjs')
  renderAll()
} else if (names.includes(name)) {
  prepare(name)
  await import(`./${name}/bench.mjs`)
} else {
  console.error(`usage: npm run bench -- ${names.join('|')} [--quick]
       npm run bench -- render   writes RESULTS.md and the tables of other documents from results.json`)
  process.exitCode = 2
}
