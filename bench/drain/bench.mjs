// The drain test with all peers, each shut down as documented: 50 busy keep-alive clients, 5 requests
// of 2 s, 5 idle connections, one event stream, then SIGTERM. Options: --rounds 3 --only fastify,nest --quick.

import { fork } from 'node:child_process'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { median, options, rotated, rounds } from '../figures.mjs'
import { chosen, packages, servers } from '../http/server.mjs'
import { report } from '../report.mjs'

const { quick, only, ...sizes } = options({ rounds: [5, 1], only: undefined })
const names = chosen(only)
const patience = 15_000

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** A connection that sends requests repeatedly (or once), and counts those without a successful response. */
function client(port, path, tally, once) {
  const socket = connect(port, '127.0.0.1')
  let pending = false
  let text = ''
  let over = false
  const end = (lost, again) => {
    if (over) return
    over = true
    if (lost) tally.lost++
    socket.destroy()
    if (again) client(port, path, tally, once)
  }
  const send = () => {
    pending = true
    text = ''
    tally.sent++
    socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)
  }
  socket.on('connect', send)
  socket.on('data', (chunk) => {
    text += chunk.latin1Slice()
    const head = text.indexOf('\r\n\r\n')
    if (head < 0) return
    const length = /content-length: (\d+)/i.exec(text)
    if (length ? text.length < head + 4 + Number(length[1]) : !text.endsWith('0\r\n\r\n')) return
    pending = false
    tally.last = performance.now()
    if (Number(text.slice(9, 12)) >= 500) tally.lost++
    if (/\r\nconnection: close/i.test(text.slice(0, head))) end(false, !once)
    else if (!once) send()
  })
  socket.on('error', () => end(pending, false))
  socket.on('close', () => end(pending, false))
}

async function drain(name) {
  const file = fileURLToPath(new URL(`./servers/${servers[name]}.mjs`, import.meta.url))
  const child = fork(file, { env: { ...process.env, NODE_ENV: 'production' }, execArgv: [], silent: true })
  const port = await new Promise((resolve) => child.once('message', (message) => resolve(message.port)))
  const tally = { sent: 0, lost: 0, last: 0 }
  const stream = { text: '', ended: 'open' }
  const reader = connect(port, '127.0.0.1', () => reader.write('GET /events HTTP/1.1\r\nHost: a\r\n\r\n'))
  reader.on('data', (chunk) => {
    stream.text += chunk.latin1Slice()
  })
  reader.on('close', () => {
    stream.ended = stream.text.endsWith('0\r\n\r\n') ? 'in order' : 'cut'
  })
  reader.on('error', () => {})
  for (let i = 0; i < 5; i++) connect(port, '127.0.0.1').on('error', () => {})
  for (let i = 0; i < 50; i++) client(port, '/fast', tally, false)
  await wait(500)
  for (let i = 0; i < 5; i++) client(port, '/slow', tally, true)
  await wait(300)
  const began = performance.now()
  const exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)))
  child.kill('SIGTERM')
  const code = await Promise.race([exited, wait(patience).then(() => 'never')])
  const took = performance.now() - began
  if (code === 'never') child.kill('SIGKILL')
  await exited
  await wait(100)
  return { lost: tally.lost, sent: tally.sent, code, took, stream: code === 'never' ? 'never' : stream.ended }
}

const runs = new Map(names.map((name) => [name, []]))
for (const round of rounds(sizes.rounds, quick))
  for (const name of rotated(names, round)) runs.get(name).push(await drain(name))

const list = (name, pick) => [...new Set(runs.get(name).map(pick))].join(', ')
const lost = (name) => median(runs.get(name).map((run) => run.lost))
const ended = (name) => runs.get(name).every((run) => run.code !== 'never')
const after = (name) => (ended(name) ? median(runs.get(name).map((run) => run.took / 1_000)) : 'never')
const peers = (pick) =>
  Object.fromEntries(names.filter((name) => name !== 'myfy').map((name) => [name, pick(name)]))

report({
  name: 'drain',
  title: 'cost of SIGTERM under load',
  quick,
  partial: only !== undefined,
  packages: [...packages.filter((name) => name !== 'zod'), 'close-with-grace'],
  columns: ['', 'lost requests', 'exit code', 'after', 'event stream'],
  rows: names.map((name) => [
    name === 'myfy' ? '**myfy**' : name,
    list(name, (run) => run.lost),
    list(name, (run) => run.code),
    ended(name) ? `${after(name).toFixed(1)} s` : '> 15 s',
    list(name, (run) => run.stream),
  ]),
  notes: [
    `50 keep-alive clients that send requests continuously, 5 requests that take 2 s, 5 idle connections and an event stream; then SIGTERM; ${runs.get('myfy')?.length ?? 1} rounds. Each server stops as documented (Fastify with close-with-grace, NestJS with \`enableShutdownHooks\`, h3 by default, the others by \`server.close\`). A request is lost if it was sent and received no successful response. The minimum time is 1.7 s, the remaining time of the slow requests.`,
  ],
  standing: names.includes('myfy')
    ? [
        {
          what: 'requests lost at SIGTERM under load',
          unit: '',
          better: 'lower',
          target: 0,
          ours: lost('myfy'),
          peers: peers(lost),
        },
        {
          what: 'exit after SIGTERM under load',
          unit: 's',
          better: 'lower',
          ours: after('myfy'),
          peers: peers(after),
        },
      ]
    : [],
})
// Streams of clients may still be open.
process.exit()
