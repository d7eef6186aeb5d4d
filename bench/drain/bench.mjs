// The drain test against the peers, each shut down as its documentation has it: 50 busy keep-alive clients, 5 requests
// of 2 s, 5 idle connections, one event stream, then SIGTERM. Build the packages first (pnpm build).
// Usage: npm run bench -- drain [--rounds=2] [--only=myfy,fastify]

import { fork } from 'node:child_process'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'

const options = Object.fromEntries(process.argv.slice(2).map((one) => one.replace(/^--/, '').split('=')))
const names = options.only?.split(',') ?? ['myfy', 'raw', 'express', 'hono', 'fastify', 'h3', 'nest']
const rounds = Number(options.rounds ?? 2)
const patience = 15_000

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** A connection that sends again and again (or once), and counts what was sent and never well answered. */
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
  const file = fileURLToPath(new URL(`./servers/${name}.mjs`, import.meta.url))
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

console.log(`${''.padEnd(10)}${'lost'.padEnd(12)}${'exit'.padEnd(10)}${'after'.padEnd(12)}event stream`)
for (const name of names) {
  const runs = []
  for (let round = 0; round < rounds; round++) runs.push(await drain(name))
  const list = (pick) => [...new Set(runs.map(pick))].join(', ')
  console.log(
    name.padEnd(10) +
      list((run) => run.lost).padEnd(12) +
      list((run) => run.code).padEnd(10) +
      list((run) => (run.code === 'never' ? '> 15 s' : `${(run.took / 1_000).toFixed(1)} s`)).padEnd(12) +
      list((run) => run.stream),
  )
}
process.exit()
