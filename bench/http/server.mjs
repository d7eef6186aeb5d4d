// A server of one framework in a separate process, with its memory and processor time.
import { fork } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { requests } from './scenario.mjs'

/** Each server by its name in the tables. */
export const servers = {
  'node:http': 'raw',
  myfy: 'myfy',
  h3: 'h3',
  Fastify: 'fastify',
  Hono: 'hono',
  NestJS: 'nest',
  Express: 'express',
}

/** The packages whose versions are listed with the figures. */
export const packages = [
  'h3',
  'fastify',
  'hono',
  '@hono/node-server',
  '@nestjs/core',
  '@nestjs/platform-fastify',
  'express',
  'zod',
]

/** The names for `--only myfy,fastify`. The first one is the reference. */
export function chosen(only) {
  const wanted = only?.toLowerCase().split(',')
  return Object.keys(servers).filter(
    (name, i) => i === 0 || !wanted || wanted.some((one) => name.toLowerCase().includes(one)),
  )
}

/** Starts the server and waits for its first response; `boot` is the time until then. `env` adds to its environment. */
export function start(name, env = {}) {
  const began = performance.now()
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL(`./servers/${servers[name]}.mjs`, import.meta.url)), {
      env: { ...process.env, NODE_ENV: 'production', ...env },
      execArgv: [],
    })
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code} before it listened`)))
    child.once('message', ({ port }) => {
      load(port, requests.hello, 1, 1).then(() => {
        const boot = performance.now() - began
        child.removeAllListeners('exit')
        resolve({ pid: child.pid, port, boot, end: () => end(child) })
      }, reject)
    })
  })
}

function end(child) {
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  return gone
}

/** Processor time of all threads, in seconds: to the nanosecond where the kernel counts so, else in ticks of 10 ms. */
export function cpu(pid) {
  try {
    const threads = readdirSync(`/proc/${pid}/task`)
    const times = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8'))
    return times.reduce((sum, text) => sum + Number(text.split(' ')[0]), 0) / 1e9
  } catch {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
    return (Number(fields[11]) + Number(fields[12])) / 100
  }
}

/** Resident memory in MB. */
export const rss = (pid) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024

/** Sends `total` requests over `width` connections, one at a time on each; every response must be a 200. */
export function load(port, request, total, width) {
  const bytes = Buffer.from(request)
  let left = total
  const one = () =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1')
      let need = 0
      let text = ''
      const send = () => {
        if (left-- <= 0) return resolve(socket.destroy())
        need = 0
        text = ''
        socket.write(bytes)
      }
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
