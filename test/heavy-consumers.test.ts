// Consumers of six engines lose, cut and repeat nothing at a stop, under load and during their start. Some minutes:
// `MYFY_HEAVY=1 pnpm vitest run test/heavy-consumers.test.ts`.
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { installLibraries, libraries } from './libraries.ts'
import { Program } from './signaled-program.ts'

interface TestQueue {
  publish(ids: readonly string[]): Promise<unknown>
  remove(): Promise<number>
}

const engines = ['rabbitmq', 'jetstream', 'redis-streams', 'bullmq', 'pg-boss', 'node-cron'] as const
const ROUNDS = 10

describe.runIf(process.env.MYFY_HEAVY)('ten stops of a consumer', () => {
  const directory = mkdtempSync(join(tmpdir(), 'myfy-consumers-'))
  let queues: Readonly<Record<string, (name: string) => Promise<TestQueue>>> = {}

  beforeAll(async () => {
    installLibraries()
    // A variable: the compiler does not follow it, as the libraries are not installed in every workspace.
    const file = join(libraries, 'queues.ts')
    ;({ queues } = await import(file))
  }, 300_000)
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  describe.each(engines)('of %s', (engine) => {
    test.each([
      ['under load', false],
      ['at random moments of its start', true],
    ])('%s lose and cut nothing', { timeout: 300_000 }, async (_, early) => {
      const name = `myfy-${randomBytes(4).toString('hex')}`
      const queue = await queues[engine]!(name).catch(() => undefined)
      // A skipped test would say nothing about an engine that is not reachable.
      if (!queue) return console.warn(`${engine} is not reachable: skipped`)
      const run = new Run(engine, name, join(directory, `${name}.txt`))
      const isPushed = engine !== 'node-cron'
      let published = 0
      const publish = async (count: number) => {
        const ids = Array.from({ length: count }, () => `m${++published}`)
        await queue.publish(ids)
      }
      // The first start tells how long one takes.
      await publish(1)
      const began = performance.now()
      const first = run.start()
      await first.prints(/ready in/)
      const startMs = performance.now() - began
      expect(await first.stop(), first.lines.join('\n')).toBe(0)
      const stops: string[] = []
      for (let round = 0; round < ROUNDS; round++) {
        if (isPushed && published - run.ended.size < 350) await publish(400)
        const before = run.ended.size
        const program = run.start()
        if (early && round % 2 === 0) await sleep(((round + Math.random()) / ROUNDS) * startMs)
        else if (early) {
          // While modules start, which take messages already.
          await program.prints(/./)
          await sleep(Math.random() * 100)
        } else {
          await program.prints(/ready in/)
          while (run.ended.size - before < (isPushed ? 20 : 1)) await sleep(10)
          await sleep(isPushed ? Math.random() * 500 : 1_000 - (Date.now() % 1_000) + 40)
        }
        const at = performance.now()
        const code = await program.stop()
        stops.push(`${code ?? 'SIGTERM'} after ${Math.round(performance.now() - at)} ms`)
        // A signal that comes before the application runs ends the process, which has taken nothing yet.
        const isBefore = code === null && early && run.ended.size === before
        expect(isBefore ? 0 : code, program.lines.join('\n')).toBe(0)
        expect(run.cut, program.lines.join('\n')).toEqual([])
      }
      if (isPushed) {
        const rest = run.start()
        await rest.prints(/ready in/)
        const end = performance.now() + 60_000
        while (run.ended.size < published && performance.now() < end) await sleep(20)
        expect(await rest.stop(), rest.lines.join('\n')).toBe(0)
      }
      const left = await queue.remove()
      const twice = [...run.ended].filter(([, times]) => times > 1)
      const total = isPushed ? published : run.ended.size
      console.info(
        `${engine}${early ? ', early' : ''}: ${total} sent, ${run.ended.size} handled, ${twice.length} twice, ${run.cut.length} cut, ${left} left; ${stops.join(', ')}`,
      )
      expect({ handled: run.ended.size, twice, cut: run.cut, left }).toEqual({
        handled: total,
        twice: [],
        cut: [],
        left: 0,
      })
    })
  })
})

/** The processes of one consumer, and the record that all of them write. */
class Run {
  readonly #engine: string
  readonly #name: string
  readonly #record: string

  constructor(engine: string, name: string, record: string) {
    this.#engine = engine
    this.#name = name
    this.#record = record
    writeFileSync(record, '')
  }

  start(): Program {
    return new Program(join(libraries, `consumers/${this.#engine}.ts`), {
      NAME: this.#name,
      RECORD: this.#record,
      SCHEMA: 'myfy_consumers',
    })
  }

  /** The number of times that each message was handled. */
  get ended(): ReadonlyMap<string, number> {
    const ended = new Map<string, number>()
    for (const [what, id] of this.#lines) if (what === 'end') ended.set(id!, (ended.get(id!) ?? 0) + 1)
    return ended
  }

  /** The messages that a process began and did not end. */
  get cut(): readonly string[] {
    const open = new Set<string>()
    for (const [what, id, pid] of this.#lines) {
      if (what === 'begin') open.add(`${id} in ${pid}`)
      else open.delete(`${id} in ${pid}`)
    }
    return [...open]
  }

  get #lines(): readonly (readonly string[])[] {
    return readFileSync(this.#record, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split(' '))
  }
}
