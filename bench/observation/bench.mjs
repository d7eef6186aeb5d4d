// The cost of being observed: the tracing channels without listeners, against a copy of the packages without them; and
// the inspector, while its page is open and when it opens.
// Options: --rounds 9 --warm 10000 --processes 7 --turns 60 --opens 15 --quick.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { median, options, rotated, rounds } from '../figures.mjs'
import { cpu, load } from '../http/server.mjs'
import { report } from '../report.mjs'
import { opening } from './opening.mjs'

const { quick, ...sizes } = options({
  rounds: [9, 3],
  warm: [10_000, 4_000],
  processes: [7, 2],
  turns: [60, 20],
  opens: [15, 5],
})
const packages = fileURLToPath(new URL('../../packages/', import.meta.url))

/** A copy of the packages. Without channels, no place in it asks whether somebody listens: the answer is no. */
function copyOf({ channels }) {
  const copy = mkdtempSync(join(tmpdir(), 'myfy-bench-observation-'))
  let replaced = 0
  for (const name of ['di', 'core', 'web']) {
    cpSync(join(packages, name, 'dist'), join(copy, name, 'dist'), { recursive: true })
    cpSync(join(packages, name, 'package.json'), join(copy, name, 'package.json'))
    for (const file of readdirSync(join(copy, name, 'dist'), { recursive: true })) {
      if (channels || !file.endsWith('.js')) continue
      const path = join(copy, name, 'dist', file)
      const before = readFileSync(path, 'utf8')
      const after = before.replace(/!?[\w$.#]+\.hasSubscribers/g, (asked) => {
        replaced++
        return asked.startsWith('!') ? 'true' : 'false'
      })
      if (after !== before) writeFileSync(path, after)
    }
    // Dependencies, and the other packages of the copy.
    const modules = join(copy, name, 'node_modules')
    mkdirSync(join(modules, '@myfy'), { recursive: true })
    for (const other of ['di', 'core']) symlinkSync(join(copy, other), join(modules, '@myfy', other))
    for (const one of readdirSync(join(packages, name, 'node_modules')))
      if (one !== '@myfy' && !one.startsWith('.'))
        symlinkSync(join(packages, name, 'node_modules', one), join(modules, one))
  }
  if (!channels && replaced < 5)
    throw new Error(`only ${replaced} places ask for listeners: the benchmark does not know them`)
  return copy
}

/**
 * The processor time of a request in µs, without a socket: as it is, a second time as it is, and without the channels. The
 * copies take turns in one process, and a difference between the first two is what the measurement cannot tell.
 */
async function turnsOf(copies) {
  const file = fileURLToPath(new URL('./channels.mjs', import.meta.url))
  const all = copies.map(() => [])
  for (const round of rounds(sizes.processes, quick)) {
    const order = rotated([...copies.keys()], round)
    const urls = order.map((i) => pathToFileURL(`${copies[i]}/`).href)
    const child = fork(file, [sizes.turns, 1_000, ...urls], {
      env: { ...process.env, NODE_ENV: 'production' },
    })
    const [times] = await once(child, 'message')
    for (const [i, at] of order.entries()) all[at].push(...times[i])
  }
  return all
}

/** The processor times of the record of the inspector in µs, by path and kind. */
async function recordingOf(copy) {
  const file = fileURLToPath(new URL('./recording.mjs', import.meta.url))
  const all = {}
  for (const path of Object.keys(paths)) {
    const found = { recorded: [], above: [], again: [], answer: [] }
    for (const _ of rounds(sizes.processes, quick)) {
      const child = fork(file, [sizes.turns, path, pathToFileURL(`${copy}/`).href], {
        env: { ...process.env, NODE_ENV: 'production' },
        execArgv: [],
      })
      const [times] = await once(child, 'message')
      for (const kind of ['recorded', 'above', 'again'])
        found[kind].push(...times[kind].map((time, i) => time - times.plain[i]))
      found.answer.push(...times.answer)
    }
    all[path] = Object.fromEntries(Object.entries(found).map(([kind, list]) => [kind, median(list)]))
  }
  return all
}

/** Starts a server. */
function start(from, env = {}) {
  return new Promise((resolve, reject) => {
    const file = fileURLToPath(new URL('./server.mjs', import.meta.url))
    const child = fork(file, {
      env: { ...process.env, NODE_ENV: 'production', PACKAGES: pathToFileURL(`${from}/`).href, ...env },
      execArgv: [],
    })
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`a server ended with ${code}`)))
    child.once('message', ({ port }) => {
      child.removeAllListeners('exit')
      resolve({ pid: child.pid, port, end: () => child.kill('SIGKILL') })
    })
  })
}

const request = (path) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`
/** The paths, and the requests that are sent at once: about a twentieth of a second. */
const paths = { '/hello': 1_000, '/catalog': 100 }
/** The shares of a round: the processor time of a process is counted in steps of 10 ms. */
const ROUND = 40
const copies = [copyOf({ channels: true }), copyOf({ channels: true }), copyOf({ channels: false })]
let turns
let opens
let recording
const seconds = Object.fromEntries(Object.keys(paths).map((path) => [path, []]))
try {
  turns = await turnsOf(copies)
  opens = await opening(sizes.opens, quick)
  recording = await recordingOf(copies[0])
  const { pid, port, end } = await start(packages)
  try {
    for (const [path, share] of Object.entries(paths)) {
      await load(port, request(path), (sizes.warm * share) / 1_000, 20)
      for (const _ of rounds(sizes.rounds, quick)) {
        const before = cpu(pid)
        await load(port, request(path), share * ROUND, 20)
        seconds[path].push((cpu(pid) - before) / (share * ROUND))
      }
    }
  } finally {
    end()
  }
} finally {
  for (const copy of copies) rmSync(copy, { recursive: true, force: true })
}

const percent = (value) => `${value >= 0 ? '+' : '−'}${Math.abs(value).toFixed(1)} %`
const wholeOf = (path) => median(seconds[path]) * 1e6
const whole = wholeOf('/hello')
/** The requests of a second that are recorded of a load that lasts. */
const A_SECOND = 50
/** The share of a process at full load: what is recorded of a second and one answer to the page, and all other requests. */
const shareOf = (path) => {
  const { recorded, above, answer } = recording[path]
  return ((A_SECOND * recorded + answer) / 1e6 + Math.max(0, above) / wholeOf(path)) * 100
}
const row = (title, cell) => [title, ...Object.keys(paths).map(cell)]
/** A difference of two copies in one turn, in µs and as a share of a request over a socket. */
const difference = (a, b) => median(turns[a].map((time, i) => time - turns[b][i]))
const channels = (difference(0, 2) + difference(1, 2)) / 2
const inMs = (list) => [median(list), Math.min(...list), Math.max(...list)].map((ms) => `${ms.toFixed(0)} ms`)
report({
  name: 'observation',
  title: 'the cost of being observed',
  quick,
  tables: [
    {
      title: 'Channels without a listener, processor time of a request:',
      columns: ['', 'µs', 'of a hello'],
      rows: [
        ['with the channels, against without', channels.toFixed(3), percent((channels / whole) * 100)],
        ['the same twice', difference(0, 1).toFixed(3), percent((difference(0, 1) / whole) * 100)],
      ],
    },
    {
      title: 'The inspector, processor time:',
      columns: ['', 'hello', 'JSON of 50 kB'],
      rows: [
        row('of a request that is recorded', (path) => `${recording[path].recorded.toFixed(1)} µs`),
        row('of a request above the limit', (path) => `${recording[path].above.toFixed(1)} µs`),
        row('the same without a record, twice', (path) => `${recording[path].again.toFixed(1)} µs`),
        row('of an answer to the page, once a second', (path) => `${recording[path].answer.toFixed(0)} µs`),
        row('in all, of a process at full load', (path) => percent(shareOf(path))),
      ],
    },
    {
      title: 'The inspector opens, from the navigation to the first complete picture:',
      columns: ['', 'median', 'minimum', 'maximum'],
      rows: [
        ['apps/starter, just started', ...inMs(opens.fresh)],
        ['with 250 requests in its record', ...inMs(opens.full)],
      ],
    },
  ],
  notes: [
    `Channels: ${turns[0].length} turns of 1,000 requests in ${sizes.processes} processes, against a copy of the packages in which no place asks for listeners; the median of the differences of one turn each. A hello over a socket takes ${whole.toFixed(0)} µs.`,
    `Inspector: medians of the differences of ${sizes.turns * sizes.processes} turns of 200 requests in ${sizes.processes} processes, without a socket. Over a socket the JSON takes ${wholeOf('/catalog').toFixed(0)} µs. Of a load that lasts, ${A_SECOND} requests a second are recorded with their handlers, and the page loads the data once a second. The page is opened ${opens.fresh.length} times in Chromium, each time with a new profile; the load of the machine was ${loadavg()[0].toFixed(1)} on ${availableParallelism()} processors.`,
  ],
  standing: [
    {
      what: 'processor time of the tracing channels without a listener',
      unit: '%',
      better: 'lower',
      target: 1,
      ours: Math.max(0, (channels / whole) * 100),
      peers: {},
    },
    {
      what: 'processor time of the inspector while open',
      unit: '%',
      better: 'lower',
      target: 3,
      ours: Math.max(...Object.keys(paths).map(shareOf)),
      peers: {},
    },
    {
      what: 'the inspector opens',
      unit: 'ms',
      better: 'lower',
      target: 300,
      ours: median(opens.full),
      peers: {},
    },
  ],
})
process.exit()
