// The cost of being observed: the tracing channels without listeners, against a copy of the packages without them; and
// the inspector, while its page is open and when it opens.
// Options: --rounds 9 --seconds 3 --warm 10000 --processes 7 --turns 60 --opens 15 --quick.

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
import { get } from 'node:http'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { median, options, rotated, rounds } from '../figures.mjs'
import { cpu, load } from '../http/server.mjs'
import { report } from '../report.mjs'
import { opening } from './opening.mjs'

const { quick, ...sizes } = options({
  rounds: [9, 3],
  seconds: [3, 2],
  warm: [10_000, 4_000],
  processes: [7, 2],
  turns: [60, 20],
  opens: [15, 5],
})
const packages = fileURLToPath(new URL('../../packages/', import.meta.url))
const TOKEN = 'a-token-of-the-benchmark'

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

/** Loads the data of the inspector, as its page does every second. Returns the version that it has seen. */
const poll = (port, since) =>
  new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${TOKEN}` }
    get({ port, host: '127.0.0.1', path: `/_myfy/data.json?since=${since}`, headers }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve(JSON.parse(text).version))
    }).on('error', reject)
  })

const request = (path) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`
/** The paths, and the requests that are sent at once: about a twentieth of a second. */
const paths = { '/hello': 1_000, '/catalog': 100 }
const copies = [copyOf({ channels: true }), copyOf({ channels: true }), copyOf({ channels: false })]
let turns
let opens
const variants = { plain: [packages], inspected: [packages, { TOKEN }] }
const up = new Map()
const seconds = Object.fromEntries(Object.keys(variants).map((name) => [name, {}]))
try {
  turns = await turnsOf(copies)
  opens = await opening(sizes.opens, quick)
  for (const [name, args] of Object.entries(variants)) up.set(name, await start(...args))
  for (const { port } of up.values())
    for (const [path, share] of Object.entries(paths))
      await load(port, request(path), (sizes.warm * share) / 1_000, 20)
  for (const round of rounds(sizes.rounds, quick))
    for (const [path, share] of Object.entries(paths))
      for (const name of rotated(Object.keys(variants), round)) {
        const { pid, port } = up.get(name)
        seconds[name][path] ??= []
        seconds[name][path].push(await lasting({ pid, port, path, share, isOpen: name === 'inspected' }))
      }
} finally {
  for (const server of up.values()) server.end()
  for (const copy of copies) rmSync(copy, { recursive: true, force: true })
}

/** Returns the processor time of a request under a load that lasts: the inspector records more of one that has begun. */
async function lasting({ pid, port, path, share, isOpen }) {
  let version = isOpen ? await poll(port, 0) : 0
  const run = async (until) => {
    let sent = 0
    for (; performance.now() < until; sent += share) await load(port, request(path), share, 20)
    return sent
  }
  // Until the requests are used up that are recorded at once.
  await run(performance.now() + 300)
  const before = cpu(pid)
  let sent = 0
  for (let second = 0; second < sizes.seconds; second++) {
    sent += await run(performance.now() + 1_000)
    if (isOpen) version = await poll(port, version)
  }
  return (cpu(pid) - before) / sent
}

/** The median of the ratios of one round each. */
const ratio = (name, of, path) => median(seconds[name][path].map((time, i) => time / seconds[of][path][i]))
const cost = (name, of, path) => (ratio(name, of, path) - 1) * 100
const percent = (value) => `${value >= 0 ? '+' : '−'}${Math.abs(value).toFixed(1)} %`
const whole = median(seconds.plain['/hello']) * 1e6
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
      title: 'The inspector, open, under a load that lasts:',
      columns: ['', 'hello', 'JSON of 50 kB'],
      rows: [
        [
          'processor time of a request',
          ...Object.keys(paths).map((path) => percent(cost('inspected', 'plain', path))),
        ],
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
    `Inspector: median of the ratios of ${seconds.plain['/hello'].length} rounds; the JSON takes ${(median(seconds.plain['/catalog']) * 1e6).toFixed(0)} µs. 50 requests of each second are recorded with their handlers, and the data is loaded once a second, as by the page. It is opened ${opens.fresh.length} times in Chromium, each time with a new profile; the load of the machine was ${loadavg()[0].toFixed(1)} on ${availableParallelism()} processors.`,
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
      what: 'processor time of the inspector while open, JSON of 50 kB',
      unit: '%',
      better: 'lower',
      target: 3,
      ours: Math.max(0, cost('inspected', 'plain', '/catalog')),
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
