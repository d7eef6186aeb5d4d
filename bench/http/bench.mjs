// Requests per CPU-second of the server, as a ratio to node:http in the same round, and memory.
// Options: --rounds 25 --count 4000 --warm 20000 --only fastify,nest --quick.

import { median, options, rotated, rounds } from '../figures.mjs'
import { report } from '../report.mjs'
import { around, requests } from './scenario.mjs'
import { chosen, cpu, load, packages, rss, start } from './server.mjs'

const { quick, only, ...sizes } = options({
  rounds: [25, 9],
  count: [4_000, 2_000],
  warm: [20_000, 6_000],
  only: undefined,
})
const names = chosen(only)
const connections = 20
const words = {
  hello: 'JSON hello',
  deep: 'one of 100 routes, a parameter',
  post: 'POST of 1 KB, validated by zod',
  singleton: 'a singleton injected',
  scoped: 'four request-scoped services',
  around: 'JSON hello with CORS and one middleware',
}

// The servers with CORS and middleware are separate processes, so that they change no other figure.
const scenarios = { ...requests, around: around.request }
const results = new Map(names.map((name) => [name, { rate: [] }]))
const up = new Map()
const surrounded = new Map()
const serverOf = (name, scenario) => (scenario === 'around' ? surrounded : up).get(name)
try {
  // All servers run at the same time and receive requests in turns, so that other load affects all equally.
  for (const name of names) {
    up.set(name, await start(name))
    surrounded.set(name, await start(name, { BENCH_AROUND: '1' }))
  }
  for (const name of names)
    for (const [scenario, request] of Object.entries(scenarios))
      await load(serverOf(name, scenario).port, request, sizes.warm, connections)
  for (const round of rounds(sizes.rounds, quick)) {
    for (const name of names) results.get(name).rate.push({})
    for (const [scenario, request] of Object.entries(scenarios)) {
      for (const name of rotated(names, round)) {
        const { pid, port } = serverOf(name, scenario)
        const before = cpu(pid)
        await load(port, request, sizes.count, connections)
        results.get(name).rate[round][scenario] = sizes.count / (cpu(pid) - before)
      }
    }
  }
  for (const [name, server] of up) results.get(name).rss = rss(server.pid)
} finally {
  for (const server of [...up.values(), ...surrounded.values()]) await server.end()
}

const raw = results.get('node:http')
const done = raw.rate.length
const ratio = (name, scenario) =>
  median(results.get(name).rate.map((rates, i) => rates[scenario] / raw.rate[i][scenario]))
const memory = (name) => results.get(name).rss / raw.rss
const others = names.slice(1).filter((name) => name !== 'myfy')
const standing = (what, better, target, of) => ({
  what,
  unit: '× node:http',
  better,
  target,
  ours: of('myfy'),
  peers: Object.fromEntries(others.map((name) => [name, of(name)])),
})

report({
  name: 'http',
  title: 'requests per CPU-second',
  quick,
  partial: only !== undefined,
  packages,
  columns: ['', ...Object.keys(scenarios), 'memory, MB', '× node:http'],
  rows: names.map((name) => [
    name === 'myfy' ? '**myfy**' : name,
    ...Object.keys(scenarios).map((scenario) => ratio(name, scenario).toFixed(2)),
    results.get(name).rss.toFixed(0),
    memory(name).toFixed(2),
  ]),
  notes: [
    `Ratios to node:http, median of ${done} rounds, in each ${sizes.count.toLocaleString('en')} requests over ${connections} connections a cell; node:http answers ${Math.round(median(raw.rate.map((rates) => rates.hello))).toLocaleString('en')} hellos per CPU-second. ${Object.entries(
      words,
    )
      .map(([scenario, text]) => `${scenario}: ${text}`)
      .join(
        '; ',
      )}. The processor time is that of the server process with all its threads, without the client. h3, Fastify, Hono and Express have no container: the handler creates their services.`,
  ],
  standing: names.includes('myfy')
    ? [
        ...Object.entries(words).map(([scenario, text]) =>
          standing(`requests per CPU-second: ${text}`, 'higher', scenario === 'scoped' ? 0.85 : 0.9, (name) =>
            ratio(name, scenario),
          ),
        ),
        standing('memory after the load', 'lower', 1.2, memory),
      ]
    : [],
})
