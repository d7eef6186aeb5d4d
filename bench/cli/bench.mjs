// Time from spawn to exit of a command line, compared with a Node process that does nothing. Options: --rounds 25 --quick.

import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { median, options, rotated, rounds } from '../figures.mjs'
import { report } from '../report.mjs'

const { quick, ...sizes } = options({ rounds: [25, 9] })
const at = (path) => fileURLToPath(new URL(path, import.meta.url))
const cli = at('../../packages/cli/bin/myfy.js')
const tool = (path) => at(`../reload/node_modules/${path}`)
const nothing = 'node -e 0'
const ways = {
  [nothing]: ['-e', '0'],
  'myfy --version': [cli, '--version'],
  'myfy run --help': [cli, 'run', '--help'],
  'myfy modules (nothing found)': [cli, 'modules'],
  'tsx --version': [tool('tsx/dist/cli.mjs'), '--version'],
  'vite --version': [tool('vite/bin/vite.js'), '--version'],
  'nest --version': [tool('@nestjs/cli/bin/nest.js'), '--version'],
  'nodemon --version': [tool('nodemon/bin/nodemon.js'), '--version'],
}

const times = new Map(Object.keys(ways).map((name) => [name, []]))
// Interleaved runs: other load on the machine affects all of them equally.
for (const round of rounds(sizes.rounds, quick))
  for (const name of rotated(Object.keys(ways), round)) times.get(name).push(await time(name))

const ratio = (name) => median(times.get(name).map((ms, i) => ms / times.get(nothing)[i]))

report({
  name: 'cli',
  title: 'cost of the command line',
  quick,
  packages: ['tsx', 'vite', '@nestjs/cli', 'nodemon'],
  from: at('../reload/package.json'),
  columns: ['ms from spawn to exit', 'median', 'minimum', `× ${nothing}`],
  rows: Object.keys(ways).map((name) => [
    name.startsWith('myfy') ? `**${name}**` : name,
    median(times.get(name)).toFixed(0),
    Math.min(...times.get(name)).toFixed(0),
    `${ratio(name).toFixed(2)}×`,
  ]),
  notes: [`${times.get(nothing).length} rounds.`],
  standing: [
    {
      what: '`--version` of the command line',
      unit: `× ${nothing}`,
      better: 'lower',
      ours: ratio('myfy --version'),
      peers: Object.fromEntries(
        ['tsx', 'vite', 'nest', 'nodemon'].map((name) => [name, ratio(`${name} --version`)]),
      ),
    },
  ],
})

function time(name) {
  const began = performance.now()
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ways[name], { cwd: tmpdir(), stdio: 'ignore' })
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      // One command is expected to find nothing; all others must succeed.
      if (signal || (code !== 0 && !name.includes('nothing found')))
        reject(new Error(`${name}: ${signal ?? code}`))
      else resolve(performance.now() - began)
    })
  })
}
