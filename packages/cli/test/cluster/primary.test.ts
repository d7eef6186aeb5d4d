import { Agent, request } from 'node:http'
import { describe, expect, test } from 'vitest'
import { isAlive, project, type Running, start, write } from '../project.ts'

const app = (version: string) => `
import { Application, defineModule } from '@myfy/core'
import { defineRoutes, WebModule } from '@myfy/web'
const routes = defineRoutes('/api', (route) => {
  route.get('/', () => ({ version: '${version}', worker: process.env.MYFY_WORKER, pid: process.pid }))
  route.get('/slow', async () => { await new Promise((go) => setTimeout(go, 300)); return { version: '${version}' } })
  route.post('/die', () => { setImmediate(() => process.kill(process.pid, 'SIGKILL')); return 'dying' })
})
export const app = new Application().addModule(defineModule({ name: 'data', start() {} })).addModule(new WebModule({ routes: [routes], port: 0 }))
`
const env = { LOG_FORMAT: 'text' }

async function serve(cwd: string, workers: number): Promise<{ running: Running; url: string }> {
  const running = start(['start', 'app.mjs', '--workers', String(workers)], { cwd, env })
  const [, url] = await running.until(/workers ready in \S+ \S+ on (http:\S+);/)
  return { running, url: `${url}/api` }
}

interface Answer {
  readonly version: string
  readonly worker: string
  readonly pid: number
}

function ask(url: string, agent?: Agent, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request(url, { agent: agent ?? false, method, signal: AbortSignal.timeout(15_000) }, (response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => {
        body += String(chunk)
      })
      response.on('end', () => {
        if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}: ${body}`))
        else resolve(body.startsWith('{') ? (JSON.parse(body) as Answer) : (undefined as never))
      })
      response.on('error', reject)
    })
      .on('error', reject)
      .end()
  })
}

/** Asks on kept and on fresh connections until told to stop; collects what went wrong. */
function load(url: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  const failures: string[] = []
  const versions = new Set<string>()
  let answers = 0
  let over = false
  const client = async (path: string, by?: Agent) => {
    while (!over && answers < 50_000) {
      try {
        versions.add((await ask(url + path, by)).version)
        answers++
        // As fast as it can it would take the processor from those it asks.
        await new Promise((go) => setTimeout(go, 2))
      } catch (error) {
        failures.push(`${path} ${by ? 'kept' : 'fresh'}: ${(error as Error).message}`)
      }
    }
  }
  const clients = [
    client('/', agent),
    client('/', agent),
    client('/'),
    client('/'),
    client('/slow', agent),
    client('/slow'),
  ]
  return {
    async end() {
      over = true
      await Promise.all(clients)
      agent.destroy()
      return { answers, failures, versions: [...versions] }
    },
  }
}

describe('the primary process', () => {
  test('replaces workers one after the other on SIGHUP under load, and loses no request', {
    timeout: 120_000,
  }, async () => {
    const cwd = project({ 'app.mjs': app('one') })
    const { running, url } = await serve(cwd, 4)
    const requests = load(url)
    write(cwd, { 'app.mjs': app('two') })
    running.kill('SIGHUP')
    await running.until('all workers are replaced')
    const { answers, failures, versions } = await requests.end()
    expect(failures.slice(0, 5)).toEqual([])
    expect(versions).toEqual(['one', 'two'])
    expect(answers).toBeGreaterThan(100)
    const after = await Promise.all(Array.from({ length: 20 }, () => ask(url)))
    expect(new Set(after.map(({ version }) => version))).toEqual(new Set(['two']))
    expect(new Set(after.map(({ worker }) => worker)).size).toBeGreaterThan(1)
    // One by one: the old worker of a place has stopped before the next replacement is ready.
    const story = running.output.slice(running.output.indexOf('SIGHUP: replacing'))
    expect([...story.matchAll(/worker (\d) ready|stopped in/g)].map(([all, place]) => place ?? all)).toEqual(
      ['1', '2', '3', '4'].flatMap((place) => [place, 'stopped in']),
    )
    // A stop while requests are under way answers them.
    const slow = Array.from({ length: 8 }, () => ask(`${url}/slow`))
    const first = ask(`${url}/slow`)
    await ask(url)
    running.kill('SIGTERM')
    expect((await Promise.all([first, ...slow])).map(({ version }) => version)).toEqual(Array(9).fill('two'))
    expect((await running.ended).code).toBe(0)
  })

  test('replaces a worker that dies, with a growing delay, while the others serve', async () => {
    const { running, url } = await serve(project({ 'app.mjs': app('one') }), 2)
    await ask(`${url}/die`, undefined, 'POST').catch(() => {})
    const [, place, pid] = await running.until(
      /worker (\d) \(pid (\d+)\) was killed by SIGKILL; another one starts in 100 ms/,
    )
    expect((await ask(url)).pid).not.toBe(Number(pid))
    const from = running.output.length
    await running.until(new RegExp(`worker ${place} ready`), from)
    await ask(`${url}/die`, undefined, 'POST').catch(() => {})
    await running.until(/was killed by SIGKILL/, from)
    running.kill('SIGTERM')
    expect((await running.ended).code).toBe(0)
  })

  test('keeps the workers when the new version does not start, and reports why', async () => {
    const cwd = project({ 'app.mjs': app('one') })
    const { running, url } = await serve(cwd, 2)
    const before = new Set(
      (await Promise.all(Array.from({ length: 8 }, () => ask(url)))).map(({ pid }) => pid),
    )
    write(cwd, {
      'app.mjs': app('two').replace('start() {}', "start() { throw new Error('no such column') }"),
    })
    running.kill('SIGHUP')
    await running.until(
      /the replacement of worker 1 ended with code 1 before it was ready .*; the old workers keep serving/,
    )
    expect(running.output).toContain('no such column')
    const after = await Promise.all(Array.from({ length: 8 }, () => ask(url)))
    expect(new Set(after.map(({ pid }) => pid))).toEqual(before)
    // Mended, the next signal brings it.
    write(cwd, { 'app.mjs': app('three') })
    running.kill('SIGHUP')
    await running.until('all workers are replaced')
    expect((await ask(url)).version).toBe('three')
    running.kill('SIGINT')
    expect((await running.ended).code).toBe(0)
  })

  test('reports a start that fails once, with its exit code', async () => {
    const cwd = project({
      'app.mjs': `import { Application, defineSettings } from '@myfy/core'\nimport { z } from 'zod'\nexport const app = new Application({ settings: defineSettings(z.object({ secretKey: z.string() })) })`,
    })
    const { code, output } = await start(['start', '--workers', '3'], { cwd, env }).ended
    expect(output.match(/SECRET_KEY: /g)).toHaveLength(1)
    expect(code).toBe(78)
  })

  test('names a worker of the first set that is killed before it is ready, and stops the others', async () => {
    const cwd = project({
      'app.mjs': app('one').replace(
        'start() {}',
        "start() { if (process.env.MYFY_WORKER === '2') process.kill(process.pid, 'SIGKILL') }",
      ),
    })
    const { code, output } = await start(['start', '--workers', '2'], { cwd, env }).ended
    expect(output).toMatch(/worker 2 \(pid \d+\) was killed by SIGKILL before it was ready; all workers stop/)
    expect(code).toBe(1)
  })

  test('SIGHUP during the start replaces the workers when all of them serve', async () => {
    const cwd = project({
      'app.mjs': `import { existsSync } from 'node:fs'\nimport { setTimeout as sleep } from 'node:timers/promises'\n${app(
        'one',
      ).replace(
        'start() {}',
        "async start() { while (process.env.MYFY_WORKER === '2' && !existsSync('go')) await sleep(10) }",
      )}`,
    })
    const running = start(['start', 'app.mjs', '--workers', '2'], { cwd, env })
    const [, url] = await running.until(/http listening on (http:\S+)/)
    await running.until('worker 1 ready')
    running.kill('SIGHUP')
    await running.until('SIGHUP: replacing the workers one by one')
    write(cwd, { go: '' })
    await running.until('all workers are replaced')
    const serving = [...running.output.matchAll(/worker (\d) ready \(pid (\d+)\)/g)].slice(-2)
    expect(serving.map(([, slot]) => slot)).toEqual(['1', '2'])
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(`${url}/api`)))
    expect(new Set(answers.map(({ pid }) => String(pid)))).toEqual(new Set(serving.map(([, , pid]) => pid)))
    running.kill('SIGTERM')
    expect((await running.ended).code).toBe(0)
  })

  test('refuses workers for an application that can run only once', async () => {
    const cwd = project({
      'app.mjs': `import { Application, defineModule } from '@myfy/core'\nexport const app = new Application().addModule(defineModule({ name: 'data', exclusive: true }))`,
    })
    const { code, output } = await start(['start', '--workers', '2'], { cwd, env }).ended
    expect(output).toContain('Cannot run 2 workers: data can run only once (exclusive)')
    expect(code).toBe(2)
  })

  test('leaves no worker behind when it is killed', async () => {
    const { running, url } = await serve(project({ 'app.mjs': app('one') }), 2)
    const pids = new Set((await Promise.all(Array.from({ length: 8 }, () => ask(url)))).map(({ pid }) => pid))
    expect(pids.size).toBe(2)
    running.kill('SIGKILL')
    const alive = () => [...pids].filter((pid) => isAlive(pid))
    await expect.poll(alive, { interval: 50 }).toEqual([])
    await running.ended
  })

  test('ends at once with 130 on a second SIGINT', async () => {
    const cwd = project({
      'app.mjs': `import { Application, defineModule } from '@myfy/core'\nexport const app = new Application().addModule(defineModule({ name: 'slow', stop: () => new Promise(() => {}) }))`,
    })
    const running = start(['start', '--workers', '2'], { cwd, env })
    await running.until('2 workers ready')
    running.kill('SIGINT')
    await running.until(/Received shutdown signal SIGINT[\s\S]*Received shutdown signal SIGINT/)
    const { code, output } = await running.press('SIGINT', 'forcing the end')
    expect(output).toContain('forcing the end')
    expect(code).toBe(130)
  })
})
