// `node bench/compare.mjs <other checkout> <bench> [--rounds 3] [-- options of the bench]` runs one benchmark in two
// checkouts in turn and prints, for each row, the median of both and their ratio. The published results do not change. Both checkouts need this version of report.mjs; each uses its own servers and its own packages.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { median } from './figures.mjs'

const { values, positionals } = parseArgs({
  args: process.argv.slice(2).filter((_, i, all) => !all.slice(0, i).includes('--')),
  options: { rounds: { type: 'string', default: '3' } },
  allowPositionals: true,
})
const [other, bench] = positionals
if (!other || !bench) {
  console.error(
    'usage: node bench/compare.mjs <other checkout> <bench> [--rounds 3] [-- options of the bench]',
  )
  process.exit(2)
}
const split = process.argv.indexOf('--')
const passed = split < 0 ? ['--quick'] : process.argv.slice(split + 1)
const here = dirname(dirname(fileURLToPath(import.meta.url)))
const output = join(mkdtempSync(join(tmpdir(), 'myfy-compare-')), 'section.json')

/** One run in one checkout: the figure of each row of the summary. */
function measure(checkout) {
  const { status } = spawnSync(process.execPath, ['bench/run.mjs', bench, ...passed], {
    cwd: checkout,
    env: { ...process.env, BENCH_OUTPUT: output },
    stdio: ['ignore', 2, 2],
  })
  if (status !== 0) throw new Error(`bench ${bench} in ${checkout} ended with ${status}`)
  return JSON.parse(readFileSync(output, 'utf8')).standing
}

const rows = new Map()
for (let round = 0; round < Number(values.rounds); round++) {
  const pair = [
    [here, 'ours'],
    [resolve(other), 'theirs'],
  ]
  for (const [checkout, side] of round % 2 ? pair.reverse() : pair) {
    for (const { what, unit, better, ours } of measure(checkout)) {
      const row = rows.get(what) ?? { what, unit, better, ours: [], theirs: [] }
      row[side].push(ours)
      rows.set(what, row)
    }
  }
}
for (const { what, unit, better, ours, theirs } of rows.values()) {
  if (!ours.length || !theirs.length) continue
  const [a, b] = [median(ours), median(theirs)]
  const change = better === 'higher' ? b / a : a / b
  console.log(`${change.toFixed(3)}  ${a.toPrecision(4)} beside ${b.toPrecision(4)} ${unit}  ${what}`)
}
console.log('The first column is the cost relative to the other checkout: above 1 is worse.')
