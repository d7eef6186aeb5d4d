// Durable tasks beside the engines that they stand on or replace: jobs a second, latency, processor time a job.
// Each engine runs in its own process, in turns. Needs PostgreSQL and Redis. Options: --quick.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { median, options } from '../figures.mjs'
import { report } from '../report.mjs'

const { quick } = options({})
const names = ['myfy', 'pg-boss', 'graphile-worker', 'BullMQ']
const jobs = quick ? 500 : 2_000
const rounds = quick ? 3 : 5
const script = fileURLToPath(new URL('measure.mjs', import.meta.url))

const results = Object.fromEntries(names.map((name) => [name, []]))
for (let round = 0; round < rounds; round++)
  for (const name of names) {
    const output = execFileSync(process.execPath, [script, name, String(jobs)], { encoding: 'utf8' })
    results[name].push(JSON.parse(output.trim().split('\n').at(-1)))
  }
const figures = Object.fromEntries(
  names.map((name) => [
    name,
    Object.fromEntries(
      ['sent', 'ran', 'cpu', 'latency'].map((key) => [key, median(results[name].map((one) => one[key]))]),
    ),
  ]),
)
const { myfy } = figures
const peers = (key) => Object.fromEntries(names.slice(1).map((name) => [name, figures[name][key]]))

report({
  name: 'tasks',
  title: 'Durable tasks',
  quick,
  packages: ['pg-boss', 'graphile-worker', 'bullmq'],
  from: new URL('package.json', import.meta.url),
  columns: ['', 'sent a second', 'run a second', 'CPU a job, ms', 'send → start, median ms'],
  rows: names.map((name) => {
    const { sent, ran, cpu, latency } = figures[name]
    return [
      name === 'myfy' ? '**myfy**' : name,
      Math.round(sent).toString(),
      Math.round(ran).toString(),
      cpu.toFixed(2),
      latency.toFixed(1),
    ]
  }),
  notes: [
    `${jobs} jobs that do nothing, 20 at a time; medians of ${rounds} rounds. myfy, pg-boss and graphile-worker keep jobs in PostgreSQL, BullMQ in Redis.`,
    'pg-boss takes 20 jobs at a time and stores their ends together, which is its fastest way. myfy does so for handlers that have not used their session, as these; the others complete each job after its handler.',
    'graphile-worker is version 0.17, the last one for Node.js 20.',
  ],
  standing: [
    {
      what: 'jobs run a second',
      unit: '/s',
      better: 'higher',
      ours: myfy.ran,
      target: figures['pg-boss'].ran * 0.9,
      peers: peers('ran'),
    },
    {
      what: 'send to start, median',
      unit: 'ms',
      better: 'lower',
      ours: myfy.latency,
      target: 20,
      peers: peers('latency'),
    },
  ],
})
