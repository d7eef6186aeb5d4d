// Requests per CPU-second of the server with compression, for an answer that is too small and for 100 kB of JSON.
// Options: --rounds 15 --count 300 --quick.

import { fork } from 'node:child_process'
import { Agent, get } from 'node:http'
import { fileURLToPath } from 'node:url'
import { median, options, rotated, rounds } from '../figures.mjs'
import { cpu } from '../http/server.mjs'
import { report } from '../report.mjs'
import { catalog } from './scenario.mjs'

const { quick, ...sizes } = options({ rounds: [15, 5], count: [300, 150] })
const servers = { myfy: 'myfy', '@fastify/compress': 'fastify', Hono: 'hono' }
const variants = Object.keys(servers).flatMap((name) => [
  { name, mode: 'off' },
  { name, mode: 'on' },
])
const key = ({ name, mode }) => `${name} ${mode}`

/** The requests of a round: the path, the encodings that the client accepts, and the number. */
const scenarios = {
  hello: { path: '/hello', accept: 'gzip, deflate, br', count: sizes.count * 10, modes: ['off', 'on'] },
  'JSON, br': { path: '/catalog', accept: 'br', count: sizes.count, modes: ['on'] },
  'JSON, gzip': { path: '/catalog', accept: 'gzip', count: sizes.count, modes: ['on'] },
}

function start({ name, mode }) {
  return new Promise((resolve, reject) => {
    const file = fileURLToPath(new URL(`./servers/${servers[name]}.mjs`, import.meta.url))
    const child = fork(file, {
      env: { ...process.env, NODE_ENV: 'production', COMPRESSION: mode },
      execArgv: [],
    })
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)))
    child.once('message', ({ port }) => {
      child.removeAllListeners('exit')
      resolve({ pid: child.pid, port, end: () => child.kill('SIGKILL') })
    })
  })
}

const agent = new Agent({ keepAlive: true, maxSockets: 10 })

/** Sends `count` requests over 10 connections. Returns the encoding and the size of the last answer. */
async function load(port, { path, accept }, count) {
  let left = count
  let last
  const one = async () => {
    while (left-- > 0)
      last = await new Promise((resolve, reject) => {
        get({ port, host: '127.0.0.1', path, agent, headers: { 'accept-encoding': accept } }, (response) => {
          let size = 0
          response.on('data', (chunk) => {
            size += chunk.length
          })
          response.on('end', () => resolve({ encoding: response.headers['content-encoding'], size }))
        }).on('error', reject)
      })
  }
  await Promise.all(Array.from({ length: 10 }, one))
  return last
}

const up = new Map()
const rates = new Map(variants.map((variant) => [key(variant), {}]))
const answers = new Map()
try {
  for (const variant of variants) up.set(key(variant), await start(variant))
  for (const variant of variants)
    for (const [scenario, one] of Object.entries(scenarios))
      if (one.modes.includes(variant.mode))
        answers.set(`${key(variant)} ${scenario}`, await load(up.get(key(variant)).port, one, one.count))
  for (const round of rounds(sizes.rounds, quick))
    for (const [scenario, one] of Object.entries(scenarios))
      for (const variant of rotated(variants, round)) {
        if (!one.modes.includes(variant.mode)) continue
        const { pid, port } = up.get(key(variant))
        const before = cpu(pid)
        await load(port, one, one.count)
        rates.get(key(variant))[scenario] ??= []
        rates.get(key(variant))[scenario].push(one.count / (cpu(pid) - before))
      }
} finally {
  for (const server of up.values()) server.end()
}

const of = (name, mode, scenario) => rates.get(`${name} ${mode}`)[scenario]
/** The median of the ratios of one round each. */
const ratio = (a, b) => median(a.map((rate, i) => rate / b[i]))
const hello = (name) => ratio(of(name, 'on', 'hello'), of(name, 'off', 'hello'))
const isEncoded = (name, scenario) => answers.get(`${name} on ${scenario}`).encoding !== undefined
const json = (name, scenario) => (isEncoded(name, scenario) ? against(name, scenario) : 'not encoded')
const text = (figure) => (typeof figure === 'number' ? figure.toFixed(2) : figure)
const against = (name, scenario) => ratio(of(name, 'on', scenario), of('@fastify/compress', 'on', scenario))
const size = (name, scenario) => {
  const { encoding, size } = answers.get(`${name} on ${scenario}`)
  return `${encoding === undefined ? '' : `${encoding} `}${(size / 1000).toFixed(1)} kB`
}
const names = Object.keys(servers)
const standing = (what, unit, target, value) => ({
  what,
  unit,
  better: 'higher',
  target,
  ours: value('myfy'),
  peers: Object.fromEntries(names.slice(1).map((name) => [name, value(name)])),
})

report({
  name: 'compression',
  title: 'compression of answers',
  quick,
  packages: ['@fastify/compress', 'fastify', 'hono'],
  columns: ['', 'hello, on ÷ off', 'JSON, br', 'JSON, gzip', 'bytes, br', 'bytes, gzip'],
  rows: names.map((name) => [
    name === 'myfy' ? '**myfy**' : name,
    hello(name).toFixed(2),
    text(json(name, 'JSON, br')),
    text(json(name, 'JSON, gzip')),
    size(name, 'JSON, br'),
    size(name, 'JSON, gzip'),
  ]),
  notes: [
    `Requests per CPU-second of the server process with all its threads, median of ${rates.get('myfy on').hello.length} rounds. hello: 17 bytes, with compression against without. JSON: ${Math.round(JSON.stringify(catalog).length / 1000)} kB, as a ratio to @fastify/compress in the same round. Every server with its defaults.`,
  ],
  standing: [
    standing('hello with compression', '× without', 0.97, hello),
    standing('100 kB of JSON with br', '× @fastify/compress', 1, (name) => json(name, 'JSON, br')),
    standing('100 kB of JSON with gzip', '× @fastify/compress', 1, (name) => json(name, 'JSON, gzip')),
  ],
})
process.exit()
