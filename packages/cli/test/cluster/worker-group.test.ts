// What the workers of `myfy start --workers` count is collected from all of them.

import { expect, test } from 'vitest'
import { project, type Running, start, write } from '../project.ts'

const source = `
import { existsSync, watch, writeSync } from 'node:fs'
import { Application, defineModule } from '@myfy/core'
import { defineRoutes, WebModule } from '@myfy/web'
let requests = 0
let counts, broken
const counter = defineModule({
  name: 'counter',
  start({ app }) {
    counts = app.workers.collector('requests', () => ({ slot: app.workers.slot, requests }))
    broken = app.workers.collector('broken', () => {
      if (app.workers.slot === 2) throw new Error('no counter here')
      return 1
    })
  },
})
const routes = defineRoutes('', (route) => {
  route.get('/', () => ({ counted: ++requests, worker: process.env.MYFY_WORKER }))
  route.get('/counts', () => counts())
  route.get('/late', async () => {
    const folder = new URL('.', import.meta.url)
    const watcher = watch(folder)
    const released = new Promise((resolve) => watcher.on('change', () => existsSync(new URL('release', folder)) && resolve()))
    writeSync(2, 'waiting in ' + process.env.MYFY_WORKER + '\\n')
    await released
    watcher.close()
    return counts()
  })
  route.get('/broken', async () => {
    try { return await broken() } catch ({ code, message, slot }) { return { code, message, slot } }
  })
  route.get('/loop', () => { writeSync(2, 'looping\\n'); for (;;) {} })
})
export const app = new Application({
  modules: [counter, new WebModule({ routes: [routes], host: '127.0.0.1', port: 0, timeout: 0 })],
})
`

async function serve(...options: string[]): Promise<{ running: Running; url: string; cwd: string }> {
  const cwd = project({ 'app.mjs': source })
  const running = start(['start', 'app.mjs', '--workers', '2', ...options], {
    cwd,
    env: { LOG_FORMAT: 'text' },
  })
  const [, url] = await running.until(/workers ready in \S+ \S+ on (http:\S+);/)
  return { running, url: url!, cwd }
}

// On a connection of its own, so that each request goes to the next worker.
const get = async (url: string) => (await fetch(url, { headers: { connection: 'close' } })).json()

test('the counts of all workers add up, whichever worker is asked', async () => {
  const { running, url } = await serve()
  const workers = new Set<string>()
  for (let i = 0; i < 40; i++) workers.add(((await get(url)) as { worker: string }).worker)
  expect(workers.size).toBe(2)
  for (let i = 0; i < 4; i++) {
    const counts = (await get(`${url}/counts`)) as { slot: number; requests: number }[]
    expect(counts.map(({ slot }) => slot).sort()).toEqual([1, 2])
    expect(counts.reduce((sum, { requests }) => sum + requests, 0)).toBe(40)
  }

  // A worker that replaces another has its number, and begins anew.
  running.kill('SIGHUP')
  await running.until(/all workers are replaced/)
  expect(await get(`${url}/counts`)).toEqual(
    expect.arrayContaining([
      { slot: 1, requests: 0 },
      { slot: 2, requests: 0 },
    ]),
  )
  running.kill('SIGTERM')
  expect(await running.ended).toMatchObject({ code: 0 })
})

test('a worker that was replaced counts no more, also if it is the one that is asked', async () => {
  const { running, url, cwd } = await serve()
  const late = get(`${url}/late`)
  const [, slot] = await running.until(/waiting in (\d)/)
  running.kill('SIGHUP')
  await running.until(new RegExp(`SIGHUP: replacing[\\s\\S]*worker ${slot} ready`))
  write(cwd, { release: '' })
  expect(((await late) as { slot: number }[]).map((one) => one.slot).sort()).toEqual([1, 2])
  await running.until(/all workers are replaced/)
  running.kill('SIGTERM')
  expect(await running.ended).toMatchObject({ code: 0 })
})

test('a worker that is killed is replaced by one with its number, and the others keep their counts', async () => {
  const { running, url } = await serve()
  for (let i = 0; i < 20; i++) await get(url)
  const before = (await get(`${url}/counts`)) as { slot: number; requests: number }[]
  const [, pid] = /worker 1 ready \(pid (\d+)\)/.exec((await running.until(/worker 1 ready \(pid \d+\)/))[0])!
  process.kill(Number(pid), 'SIGKILL')
  await running.until(/worker 1 \(pid \d+\) was killed/)
  // While there is one, it answers alone: a series that is missing is not a counter that goes down.
  const other = before.find(({ slot }) => slot === 2)
  const during = (await get(`${url}/counts`)) as { slot: number; requests: number }[]
  expect(during.filter(({ slot }) => slot === 2)).toEqual([other])
  await running.until(/was killed[\s\S]*worker 1 ready/)
  expect(await get(`${url}/counts`)).toEqual(expect.arrayContaining([{ slot: 1, requests: 0 }, other]))
  running.kill('SIGTERM')
  await running.ended
})

test('a worker that cannot read its value, or does not answer, is named', async () => {
  const { running, url } = await serve('--worker-timeout', '9s')
  expect(await get(`${url}/broken`)).toEqual({
    code: 'MYFY_COLLECTION_FAILED',
    message: "Cannot collect 'broken' from worker 2: no counter here. Correct the function of the collector.",
    slot: 2,
  })

  const looping = fetch(`${url}/loop`).catch(() => {})
  await running.until(/looping/)
  // One of them reaches the other worker.
  const asked = [1, 2].map(() => fetch(`${url}/counts`, { headers: { connection: 'close' } }).catch(() => {}))
  const response = await Promise.race(asked)
  expect(response?.status).toBe(500)
  await running.until(/Cannot collect 'requests' from worker [12]: it did not answer within 5 s\./)
  // The worker is killed, and replaced by one that answers.
  await running.until(/its event loop is blocked; killing it/)
  await Promise.all([looping, ...asked])
  running.kill('SIGTERM')
  expect(await running.ended).toMatchObject({ code: 0 })
})
