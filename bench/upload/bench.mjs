// A large file that the handler passes on: memory and processor time; the refusal of one that is too large; and small
// forms, whose file is kept in a temporary file. Each large upload has a fresh process.
// Options: --megabytes 2048 --large 3 --rounds 15 --count 300 --quick.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { median, options, rotated, rounds } from '../figures.mjs'
import { cpu, load } from '../http/server.mjs'
import { report } from '../report.mjs'
import { contentType, formRequest, head, tail } from './scenario.mjs'

const { quick, ...sizes } = options({
  megabytes: [2_048, 256],
  large: [3, 1],
  rounds: [15, 5],
  count: [300, 150],
})
const servers = { 'node:http': 'raw', myfy: 'myfy', '@fastify/multipart': 'fastify' }
const names = Object.keys(servers)

function start(name) {
  return new Promise((resolve, reject) => {
    const file = fileURLToPath(new URL(`./servers/${servers[name]}.mjs`, import.meta.url))
    const child = fork(file, { env: { ...process.env, NODE_ENV: 'production' }, execArgv: [] })
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)))
    child.once('message', ({ port }) => {
      child.removeAllListeners('exit')
      resolve({ pid: child.pid, port, end: () => child.kill('SIGKILL') })
    })
  })
}

/** The head of a request with a large file. */
const request = (path, bytes) =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${contentType}\r\nContent-Length: ${head.length + bytes + tail.length}\r\n\r\n${head}`

const chunk = Buffer.alloc(1_048_576, 'x')

/** Uploads a file. Returns the answer. */
async function upload(port, megabytes) {
  const socket = connect(port, '127.0.0.1')
  const answer = once(socket, 'data')
  socket.write(request('/upload', megabytes * chunk.byteLength))
  for (let sent = 0; sent < megabytes; sent++) if (!socket.write(chunk)) await once(socket, 'drain')
  socket.write(tail)
  const [text] = await answer
  socket.destroy()
  if (!String(text).startsWith('HTTP/1.1 200')) throw new Error(String(text))
}

/** Uploads a file that is too large. Returns the time until the refusal, in ms. */
async function refusal(port) {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  const began = performance.now()
  let took
  const answer = once(socket, 'data').then(([text]) => {
    took = performance.now() - began
    return String(text)
  })
  const closed = once(socket, 'close')
  socket.write(request('/small', TOO_LARGE * chunk.byteLength))
  for (let sent = 0; sent < TOO_LARGE && took === undefined; sent++)
    if (!socket.write(chunk)) await Promise.race([once(socket, 'drain'), answer, closed])
  socket.write(tail)
  const text = await answer
  socket.destroy()
  if (!text.startsWith('HTTP/1.1 413')) throw new Error(text)
  return took
}

/** The size of the file that is refused, in MB. */
const TOO_LARGE = 64

/** Resident memory and its peak, in MB. */
function memory(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const of = (name) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)[1]) / 1024
  return { now: of('VmRSS'), peak: of('VmHWM') }
}

const results = new Map(names.map((name) => [name, { memory: [], cpu: [], refused: [], forms: [] }]))
/** The bare sockets neither refuse nor parse. */
const parsers = names.slice(1)
for (const round of rounds(sizes.large, quick))
  for (const name of rotated(names, round)) {
    const server = await start(name)
    try {
      // The first one loads what forms need.
      await upload(server.port, 8)
      const [before, busy] = [memory(server.pid).now, cpu(server.pid)]
      await upload(server.port, sizes.megabytes)
      results.get(name).cpu.push(((cpu(server.pid) - busy) / sizes.megabytes) * 1_024)
      results.get(name).memory.push(memory(server.pid).peak - before)
      if (parsers.includes(name)) results.get(name).refused.push(await refusal(server.port))
    } finally {
      server.end()
    }
  }
const up = new Map()
try {
  for (const name of parsers) up.set(name, await start(name))
  for (const { port } of up.values()) await load(port, formRequest, sizes.count * 3, 10)
  for (const round of rounds(sizes.rounds, quick))
    for (const name of rotated(parsers, round)) {
      const { pid, port } = up.get(name)
      const before = cpu(pid)
      await load(port, formRequest, sizes.count, 10)
      results.get(name).forms.push(sizes.count / (cpu(pid) - before))
    }
} finally {
  for (const server of up.values()) server.end()
}

const of = (name, what) => median(results.get(name)[what])
const peer = '@fastify/multipart'
const forms = (name) => median(results.get(name).forms.map((rate, i) => rate / results.get(peer).forms[i]))
const size = `${sizes.megabytes / 1_024} GB`
report({
  name: 'upload',
  title: 'uploads',
  quick,
  packages: ['@fastify/multipart', 'fastify', 'zod'],
  columns: [
    '',
    `${size}, memory +MB`,
    `${size}, CPU-seconds for each GB`,
    'too large: 413 after, ms',
    'forms of 10 kB, × @fastify/multipart',
  ],
  rows: names.map((name) => [
    name === 'myfy' ? '**myfy**' : name,
    of(name, 'memory').toFixed(0),
    of(name, 'cpu').toFixed(2),
    ...(parsers.includes(name) ? [of(name, 'refused').toFixed(1), forms(name).toFixed(2)] : ['–', '–']),
  ]),
  notes: [
    `A file of ${size} in a multipart form, whose handler counts the bytes as they arrive: the peak of resident memory above that before, median of ${results.get('myfy').memory.length} processes each. node:http reads the bytes without a form. Too large: a file of ${TOO_LARGE} MB, of which 1 MB is allowed; @fastify/multipart reads it to its end. Forms: a text and a file of 10 kB that is kept in a temporary file, requests per CPU-second of the server process with all its threads, median of ${results.get('myfy').forms.length} rounds.`,
  ],
  standing: [
    {
      what: `memory of an upload of ${size} that is passed on`,
      unit: 'MB',
      better: 'lower',
      target: 50,
      ours: of('myfy', 'memory'),
      peers: { [peer]: of(peer, 'memory') },
    },
    {
      what: 'answer 413 to an upload that is too large',
      unit: 'ms',
      better: 'lower',
      target: 100,
      ours: of('myfy', 'refused'),
      peers: { [peer]: of(peer, 'refused') },
    },
    {
      what: 'forms with a file of 10 kB per CPU-second',
      unit: '× @fastify/multipart',
      better: 'higher',
      ours: forms('myfy'),
      peers: { [peer]: 1 },
    },
  ],
})
process.exit()
