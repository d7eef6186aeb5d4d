// The seeded faults by `prove`, by `faultMatrix` and by the scheduler of fast-check, in one table; and the speed of
// `prove`. Run: npx tsx --conditions=@myfy/source bench/prove/seeded.ts

import fc from 'fast-check'
import { Application, defineModule } from '../../packages/core/src/index.ts'
import { faultMatrix, prove, TestHost, type World } from '../../packages/core/src/testing/index.ts'
import { readSeeded, type Seeded } from '../../packages/core/test/prove/seeded.ts'

/** The real time that each tool may take for one fault, in ms. */
const LIMIT_MS = Number(process.env.LIMIT_MS ?? 20_000)
const RUNS = 30

/** A world outside of `prove`: invariants are collected, and steps resolve when `step` says so. */
function plainWorld(step: (name: string) => Promise<void>, host: TestHost) {
  const invariants: Array<(world: World) => unknown> = []
  const requests: Array<() => unknown> = []
  const state = { ended: false }
  const world = {
    invariant: (_: string, check: (world: World) => unknown) => void invariants.push(check),
    request: (_: string, run: () => unknown) => void requests.push(run),
    step: (name: string) => step(name),
    stateOf: () => 'started',
    get ended() {
      return state.ended
    },
    get time() {
      return host.clock.now()
    },
    state: 'running',
    events: [],
  } as unknown as World
  const holds = () =>
    invariants.every((check) => {
      const result = check(world)
      return result !== false && typeof result !== 'string'
    })
  return { world, requests, state, holds }
}

async function byProve({ options }: Seeded): Promise<boolean> {
  const { problems } = await prove((world) => new Application(options(world)), { time: 20_000 })
  return problems.length > 0
}

async function byFaultMatrix({ options }: Seeded): Promise<boolean> {
  const end = Date.now() + LIMIT_MS
  let last: ReturnType<typeof plainWorld> | undefined
  const cells = faultMatrix((faulty) => {
    const { clock } = faulty.host
    last = plainWorld(() => new Promise((resolve) => clock.after(10, resolve)), faulty.host)
    const own = options(last.world)
    const app = new Application({
      ...own,
      ...faulty,
      modules: [...(own.modules ?? []), ...faulty.modules],
      onShutdown: [...(own.onShutdown ?? []), ...faulty.onShutdown],
      lifespan: faulty.lifespan,
    })
    app.on('ready', () => {
      for (const run of last!.requests) void Promise.resolve(run()).catch(() => {})
    })
    return app
  })
  for (const cell of cells) {
    if (Date.now() > end) return false
    // A cell that cannot end under the virtual clock tells nothing about the fault.
    const report = await cell.run().catch(() => undefined)
    last!.state.ended = true
    if ((report?.problems.length ?? 0) > 0 || !last!.holds()) return true
  }
  return false
}

async function byFastCheck({ options }: Seeded): Promise<boolean> {
  const end = Date.now() + LIMIT_MS
  const property = fc.asyncProperty(fc.scheduler(), async (scheduler) => {
    if (Date.now() > end) return
    const host = new TestHost()
    const { world, requests, state, holds } = plainWorld(
      (name) => scheduler.schedule(Promise.resolve(), name),
      host,
    )
    const silent = { debug() {}, info() {}, warn() {}, error() {} }
    const app = new Application({ ...options(world), host, logger: silent })
    let code: number | undefined
    app.on('ready', () => {
      for (const run of requests) void Promise.resolve(run()).catch(() => {})
      void scheduler.schedule(Promise.resolve(), 'SIGTERM').then(() => host.signal('SIGTERM'))
    })
    void app.runUnsupervised().then((result) => {
      code = result
    })
    for (let turn = 0; turn < 40 && code === undefined; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 1))
      while (scheduler.count() > 0) await scheduler.waitOne()
      await host.clock.advance(500)
    }
    state.ended = true
    // Timers of the user are real: an application that still waits for one tells nothing.
    if ((code !== undefined && code !== 0) || !holds()) throw new Error('found')
  })
  return (await fc.check(property, { numRuns: RUNS, seed: 1, endOnFailure: true })).failed
}

const tools = { prove: byProve, faultMatrix: byFaultMatrix, 'fast-check': byFastCheck }
process.on('unhandledRejection', () => {})
const { exit } = process
// One of the faults ends the process.
process.exit = (() => {}) as unknown as typeof process.exit
const totals: Record<string, { found: number; ms: number }> = {}
const five = () => {
  const module = (name: string, requires: readonly string[]) =>
    defineModule({
      name,
      requires,
      start: async () => void (await null),
      stop: async () => void (await null),
    })
  return new Application({
    modules: [
      module('database', []),
      module('cache', ['database']),
      module('queue', ['database']),
      module('mail', ['queue']),
      module('web', ['cache', 'mail']),
    ],
    startup: { concurrency: 'levels' },
  })
}
for (let round = 0; round < 3; round++) {
  const cpu = process.cpuUsage()
  const began = performance.now()
  const proof = await prove(five, { schedules: 4_500, time: 60_000 })
  const explored = proof.explored + proof.random
  const { user, system } = process.cpuUsage(cpu)
  console.log(
    `five modules: ${Math.round((explored / (performance.now() - began)) * 1_000)} interleavings a second, ${Math.round((explored / (user + system)) * 1e6)} a second of processor time`,
  )
}
const faults = await readSeeded()
const found = new Map<string, string[]>([...faults.keys()].map((name) => [name, []]))
// One tool after the other: what an application leaves running must not disturb `prove`.
for (const [tool, run] of Object.entries(tools)) {
  for (const [name, seeded] of faults) {
    const began = performance.now()
    const isFound = await run(seeded).catch(() => false)
    totals[tool] ??= { found: 0, ms: 0 }
    totals[tool].ms += performance.now() - began
    if (isFound) totals[tool].found++
    found.get(name)!.push(isFound ? 'found' : '–')
    seeded.clean?.()
    process.removeAllListeners('SIGUSR2')
  }
}
console.log(`| fault | ${Object.keys(tools).join(' | ')} |\n| --- | --- | --- | --- |`)
for (const [name, cells] of found) console.log(`| ${name} | ${cells.join(' | ')} |`)
const total = Object.values(totals).map(
  (one) => `**${one.found} of ${faults.size}**, ${(one.ms / 1_000).toFixed(0)} s`,
)
console.log(`| total | ${total.join(' | ')} |`)

exit(0)
