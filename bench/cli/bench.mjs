// What a command line itself costs, from spawn to exit, against a Node that does nothing. Options: --rounds 25 --quick.

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
// One after the other in turn: whatever else the machine does hits all alike.
for (const round of rounds(sizes.rounds, quick))
  for (const name of rotated(Object.keys(ways), round)) times.get(name).push(await time(name))

const ratio = (name) => median(times.get(name).map((ms, i) => ms / times.get(nothing)[i]))

report({
  name: 'cli',
  title: 'what the command line costs',
  quick,
  packages: ['tsx', 'vite', '@nestjs/cli', 'nodemon'],
  from: at('../reload/package.json'),
  columns: ['ms from spawn to exit', 'median', 'least', `× ${nothing}`],
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
      // Nothing to be found is what one of them is about; no other may fail.
      if (signal || (code !== 0 && !name.includes('nothing found')))
        reject(new Error(`${name}: ${signal ?? code}`))
      else resolve(performance.now() - began)
    })
  })
}
