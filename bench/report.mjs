// Receives the result of a benchmark: prints it, stores it in results.json, and renders RESULTS.md and the tables in
// other documents.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import os from 'node:os'
import { fileURLToPath } from 'node:url'
import { began } from './figures.mjs'
import { documents, renderDocument, renderResults, renderSection } from './render.mjs'

const at = (path) => new URL(path, import.meta.url)
const root = fileURLToPath(at('..'))

/**
 * Reports the result of one benchmark.
 *
 * - `name`: `di`, `http`, …: its section is replaced. `title`: one line. `quick`: true for a quick run.
 * - `columns`, `rows`: the table, with text cells. Several tables: `tables: [{ title?, columns, rows }]`.
 * - `notes`: sentences below.
 * - `standing`: the rows of the summary, the most important first:
 *   `{ what, unit, better: 'lower' | 'higher', ours, target?, peers: { NestJS: 12 } }`.
 *   A peer without a figure has a text: `{ Express: 'never' }`.
 * - `packages`: the peers by their npm names (their installed versions are read), `from`: the directory of their installation.
 * - `partial`: only some peers or sizes were selected: the result is printed but not stored.
 */
export function report({ packages = [], from = at('package.json'), partial = false, ...result }) {
  const { name, quick = false, title, columns, rows, tables = [], notes = [], standing = [] } = result
  const section = {
    title,
    mode: quick ? 'quick' : 'full',
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
    commit: commit(),
    seconds: Math.round((performance.now() - began) / 1000),
    node: process.version,
    machine: machine(),
    packages: versions(packages, from),
    tables: [...(columns ? [{ columns, rows }] : []), ...tables],
    notes,
    standing,
  }
  console.log(renderSection(name, section))
  // compare.mjs reads the figures of a run from this file; such a run does not change the published results.
  if (process.env.BENCH_OUTPUT) return writeFileSync(process.env.BENCH_OUTPUT, JSON.stringify(section))
  if (partial) return
  const results = readResults()
  results[name] = section
  writeFileSync(at('results.json'), `${JSON.stringify(results, undefined, 2)}\n`)
  renderAll(results)
}

export function renderAll(results = readResults()) {
  writeFileSync(at('RESULTS.md'), renderResults(results))
  for (const path of documents) {
    const before = readFileSync(at(`../${path}`), 'utf8')
    const after = renderDocument(before, results)
    if (after !== before) writeFileSync(at(`../${path}`), after)
  }
}

function readResults() {
  try {
    return JSON.parse(readFileSync(at('results.json'), 'utf8'))
  } catch (error) {
    if (error.code === 'ENOENT') return {}
    throw error
  }
}

function machine() {
  const cpu = os.cpus()[0]?.model.trim() ?? 'unknown processor'
  const memory = Math.round(os.totalmem() / 2 ** 30)
  return `${cpu}, ${os.cpus().length} cores, ${memory} GiB, ${system()}`
}

function system() {
  try {
    const name = /^PRETTY_NAME="?(.*?)"?$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1]
    if (name) return `${name} (${os.type()} ${os.release()})`
  } catch {
    // No /etc/os-release.
  }
  return `${os.type()} ${os.release()}`
}

/** Returns the measured commit, with a mark if the sources differ from it. */
function commit() {
  const git = (...args) =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  try {
    const dirty = git(
      'status',
      '--porcelain',
      '--',
      'packages/*/src',
      'bench',
      ':!bench/results.json',
      ':!bench/RESULTS.md',
    )
    return git('rev-parse', '--short', 'HEAD').trim() + (dirty ? ' with changes' : '')
  } catch {
    return 'outside of git'
  }
}

function versions(packages, from) {
  const require = createRequire(from)
  const found = packages.map((name) => {
    for (const folder of require.resolve.paths(name) ?? []) {
      try {
        return [name, JSON.parse(readFileSync(`${folder}/${name}/package.json`, 'utf8')).version]
      } catch {
        // Not in this folder.
      }
    }
    return [name, 'absent']
  })
  return Object.fromEntries(found)
}
