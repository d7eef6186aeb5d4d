// Requests per CPU-second of the server, as a ratio to raw node:http in the same round; boot and memory beside it.
// Build the packages first (pnpm build). Usage: npm run bench -- http [--rounds=5] [--count=20000] [--only=myfy,fastify]

import { fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { requests } from './scenario.mjs'

const options = Object.fromEntries(
  process.argv.slice(2).map((argument) => argument.replace(/^--/, '').split('=')),
)
const rounds = Number(options.rounds ?? 5)
const count = Number(options.count ?? 20_000)
const connections = 20
const all = ['raw', 'myfy', 'h3', 'fastify', 'hono', 'nest', 'express']
const names = options.only ? ['raw', ...options.only.split(',')] : all
const ticks = 100 // USER_HZ of every Linux this runs on

function start(name) {
  const began = performance.now()
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL(`./servers/${name}.mjs`, import.meta.url)), {
      env: { ...process.env, NODE_ENV: 'production' },
      execArgv: [],
    })
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)))
    child.once('message', async ({ port }) => {
      await load(port, requests.hello, 1, 1)
      resolve({ child, port, boot: performance.now() - began })
    })
  })
}

/** User and system time of the process with all its threads, in seconds. */
function cpu(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticks
}

const rss = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024

/** Sends `total` requests over some connections, one at a time on each; every answer must be a 200. */
function load(port, request, total, width) {
  const bytes = Buffer.from(request)
  let left = total
  const one = () =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1')
      let need = 0
      const send = () => {
        if (left-- <= 0) return resolve(socket.destroy())
        need = 0
        text = ''
        socket.write(bytes)
      }
      let text = ''
      socket.setNoDelay(true)
      socket.on('connect', send)
      socket.on('data', (chunk) => {
        text += chunk.latin1Slice()
        if (need === 0) {
          const head = text.indexOf('\r\n\r\n')
          if (head < 0) return
          if (text.slice(9, 12) !== '200') return reject(new Error(text))
          const length = /content-length: (\d+)/i.exec(text)
          if (!length) return reject(new Error(`no content-length: ${text}`))
          need = head + 4 + Number(length[1])
        }
        if (text.length >= need) send()
      })
      socket.on('error', reject)
    })
  return Promise.all(Array.from({ length: width }, one))
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1]
const results = new Map(names.map((name) => [name, { boot: [], rss: [], rate: [] }]))

for (let round = 0; round < rounds; round++) {
  // Another order in each round: who comes first must not always be the same.
  const order = [...names.slice(round % names.length), ...names.slice(0, round % names.length)]
  for (const name of order) {
    const { child, port, boot } = await start(name)
    const result = results.get(name)
    const rates = {}
    result.boot.push(boot)
    for (const [scenario, request] of Object.entries(requests)) {
      await load(port, request, count / 4, connections)
      const before = cpu(child.pid)
      await load(port, request, count, connections)
      rates[scenario] = count / (cpu(child.pid) - before)
    }
    result.rate.push(rates)
    result.rss.push(rss(child.pid))
    child.removeAllListeners('exit')
    child.kill('SIGKILL')
  }
  // Boot again a few times: it is short, and what disturbs it is not.
  for (let i = 0; i < 2; i++) {
    for (const name of order) {
      const { child, boot } = await start(name)
      results.get(name).boot.push(boot)
      child.removeAllListeners('exit')
      child.kill('SIGKILL')
    }
  }
  process.stderr.write(`round ${round + 1} of ${rounds}\n`)
}

const raw = results.get('raw')
const rows = names.map((name) => {
  const { rate, boot, rss } = results.get(name)
  const ratios = Object.keys(requests).map((scenario) =>
    median(rate.map((rates, i) => rates[scenario] / raw.rate[i][scenario])).toFixed(2),
  )
  return [
    name,
    ...ratios,
    `${median(boot).toFixed(0)} ms`,
    (median(boot) / median(raw.boot)).toFixed(2),
    `${median(rss).toFixed(0)} MB`,
    (median(rss) / median(raw.rss)).toFixed(2),
  ]
})
console.log(
  `Requests per CPU-second against raw node:http (${Math.round(median(raw.rate.map((rates) => rates.hello)))}/s for hello), median of ${rounds} rounds of ${count}:`,
)
console.log(
  ['', ...Object.keys(requests), 'boot', '× raw', 'RSS', '× raw'].map((cell) => cell.padEnd(10)).join(''),
)
for (const row of rows) console.log(row.map((cell) => String(cell).padEnd(10)).join(''))
