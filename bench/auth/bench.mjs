// The cost of authentication: requests per CPU-second of a route with `auth`, as a ratio to the same route without it.
// Options: --rounds 25 --count 4000 --warm 20000 --quick.

import { median, options, rounds } from '../figures.mjs'
import { cpu, load, start } from '../http/server.mjs'
import { report } from '../report.mjs'

const { quick, ...sizes } = options({ rounds: [25, 9], count: [4_000, 2_000], warm: [20_000, 6_000] })
const connections = 20
const request = (path) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer s3cret\r\n\r\n`
const paths = { none: '/open', sync: '/authenticated', async: '/authenticated-later' }

const server = await start('myfy')
const ratios = { sync: [], async: [] }
try {
  for (const path of Object.values(paths)) await load(server.port, request(path), sizes.warm, connections)
  for (const round of rounds(sizes.rounds, quick)) {
    const rate = {}
    const names = Object.keys(paths)
    for (const name of round % 2 ? names.reverse() : names) {
      const before = cpu(server.pid)
      await load(server.port, request(paths[name]), sizes.count, connections)
      rate[name] = sizes.count / (cpu(server.pid) - before)
    }
    for (const name of Object.keys(ratios)) ratios[name].push(rate[name] / rate.none)
  }
} finally {
  await server.end()
}

const words = {
  sync: '`authenticate` returns the identity',
  async: '`authenticate` returns a promise of it',
}
report({
  name: 'auth',
  title: 'requests per CPU-second with authentication',
  quick,
  columns: ['', '× the same route without'],
  rows: Object.entries(words).map(([name, text]) => [text, median(ratios[name]).toFixed(2)]),
  notes: [
    `Median of ${ratios.sync.length} rounds of ${sizes.count.toLocaleString('en')} requests with a bearer token over ${connections} connections. The token is looked up in a map.`,
  ],
  standing: [
    {
      what: 'requests per CPU-second of a route with `auth`',
      unit: '× without',
      better: 'higher',
      target: 0.95,
      ours: median(ratios.sync),
      peers: {},
    },
  ],
})
