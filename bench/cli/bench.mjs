// What the command line itself costs, against a Node that does nothing. Options: --runs 25. Needs `pnpm build`.

import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({ options: { runs: { type: 'string', default: '25' } } })
const runs = Number(values.runs)
const cli = fileURLToPath(new URL('../../packages/cli/bin/myfy.js', import.meta.url))
const ways = {
  'node -e 0': ['-e', '0'],
  'myfy --version': [cli, '--version'],
  'myfy run --help': [cli, 'run', '--help'],
  'myfy (nothing found)': [cli, 'modules'],
}

const figures = new Map(Object.keys(ways).map((name) => [name, []]))
// One after the other in turn: whatever else the machine does hits all alike.
for (let run = 0; run < runs; run++)
  for (const [name, args] of Object.entries(ways)) figures.get(name).push(await time(args))
const base = median(figures.get('node -e 0'))
console.log(`Node ${process.version}, ${runs} runs each; ms from spawn to exit`)
for (const [name, list] of figures) {
  console.log(
    `${name.padEnd(22)} median ${median(list).toFixed(0).padStart(4)}  least ${Math.min(...list)
      .toFixed(0)
      .padStart(4)}  ×${(median(list) / base).toFixed(2)}`,
  )
}

function time(args) {
  const began = performance.now()
  return new Promise((resolve) => {
    spawn(process.execPath, args, { cwd: tmpdir(), stdio: 'ignore' }).once('exit', () =>
      resolve(performance.now() - began),
    )
  })
}

function median(list) {
  return [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]
}
