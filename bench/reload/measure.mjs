// The cost of a reload, measured from outside: edits, a client that sends requests continuously, and the processes.

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import net from 'node:net'

const turn = () => new Promise((resolve) => setImmediate(resolve))
export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

export function get(port, agent, path = '/') {
  return new Promise((resolve, reject) => {
    http
      .get({ host: '127.0.0.1', port, path, agent: agent ?? false, timeout: 20_000 }, (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (text) => {
          body += text
        })
        response.on('end', () => resolve({ status: response.statusCode, body }))
        response.on('error', reject)
      })
      .on('error', reject)
  })
}

/** Sends requests until the body contains the text. */
export async function until(port, text, limit = 30_000) {
  const began = performance.now()
  while (performance.now() - began < limit) {
    const answer = await get(port).catch(() => undefined)
    if (answer?.body.includes(text)) return performance.now() - began
    await turn()
  }
  return undefined
}

/** Save to first response with the new content, n times; `broken` is saved before each. */
export async function latencies(port, file, content, edits, broken) {
  const times = []
  for (let edit = 0; edit < edits; edit++) {
    await pause(150)
    if (broken !== undefined) {
      writeFileSync(file, broken)
      await pause(300)
    }
    const text = `edit ${edit} ${Math.random().toString(36).slice(2, 8)}`
    const began = performance.now()
    writeFileSync(file, content(text))
    if ((await until(port, text, 10_000)) === undefined) return { failed: true, times }
    times.push(performance.now() - began)
  }
  return { times }
}

/** Two clients during edits: new connections and keep-alive, one request each every 5 ms. */
export async function drops(port, file, content, edits) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  const seen = { asked: 0, refused: 0, reset: 0, status: 0, other: 0 }
  const open = new Set()
  const ask = (keepAlive) => {
    seen.asked++
    const asked = get(port, keepAlive ? agent : undefined).then(
      ({ status }) => {
        if (status >= 500) seen.status++
      },
      ({ code, reusedSocket }) => {
        if (code === 'ECONNREFUSED') seen.refused++
        else if (code === 'ECONNRESET') seen.reset++
        else seen.other++
        void reusedSocket
      },
    )
    open.add(asked)
    void asked.finally(() => open.delete(asked))
  }
  const timer = setInterval(() => [ask(false), ask(true)], 5)
  for (let edit = 0; edit < edits; edit++) {
    await pause(100)
    const text = `drop ${edit} ${Math.random().toString(36).slice(2, 8)}`
    writeFileSync(file, content(text))
    await until(port, text, 15_000)
  }
  clearInterval(timer)
  await Promise.race([Promise.all(open), pause(5_000)])
  agent.destroy()
  return seen
}

export async function freePort() {
  const server = net.createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** A process and its descendants. */
export function tree(pid) {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')
  const children = new Map()
  for (const row of rows) {
    const [child, parent] = row.trim().split(/\s+/).map(Number)
    children.set(parent, [...(children.get(parent) ?? []), child])
  }
  const all = [pid]
  for (let index = 0; index < all.length; index++) all.push(...(children.get(all[index]) ?? []))
  return all
}

/** The memory of a process tree in MB: proportional set size, so that shared memory counts once. */
export function memory(pid) {
  const kilobytes = tree(pid).map((one) => {
    try {
      return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${one}/smaps_rollup`, 'utf8'))?.[1] ?? 0)
    } catch {
      return 0
    }
  })
  return kilobytes.reduce((sum, each) => sum + each, 0) / 1024
}

/** The CPU usage of an idle process tree, in percent of one core. */
export async function idleCpu(pid, ms = 5_000) {
  const before = ticks(pid)
  await pause(ms)
  return ((ticks(pid) - before) / 100 / (ms / 1000)) * 100
}

function ticks(pid) {
  let sum = 0
  for (const one of tree(pid)) {
    try {
      const fields = readFileSync(`/proc/${one}/stat`, 'utf8')
        .replace(/^.*\) /, '')
        .split(' ')
      sum += Number(fields[11]) + Number(fields[12])
    } catch {}
  }
  return sum
}

export function quantile(times, q) {
  const sorted = [...times].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)]
}

/** Ends a process tree that this file has started. */
export async function end(child) {
  if (child.exitCode !== null) return
  const pids = tree(child.pid)
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await Promise.race([gone, pause(3_000)])
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {}
  }
}
