// One application takes the place of another in the same process, as a reload does it.
import {
  Application,
  BaseModule,
  defineModule,
  defineSettings,
  type Module,
  type StartContext,
  type Transport,
} from '@myfy/core'
import { TestHost } from '@myfy/core/testing'
import type { Container, Services } from '@myfy/di'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { quiet } from '../quiet.ts'

class Database {
  readonly url: string
  queries = 0
  constructor(url: string) {
    this.url = url
  }
}

/** Everything that happens, in order. */
let journal: string[] = []

class DataModule extends BaseModule {
  readonly url: string
  readonly host: TestHost
  constructor(url: string, host: TestHost) {
    super('data')
    this.url = url
    this.host = host
  }
  override configure(container: Container) {
    container.register(Database, { factory: () => new Database(this.url) })
  }
  override async start(context: StartContext) {
    journal.push('connect')
    this.container.get(Database)
    context.every(
      1_000,
      'ping',
      () => void journal.push(`ping of ${context.app === second ? 'second' : 'first'}`),
    )
    await new Promise<void>((resolve) => void this.host.clock.after(1_000, resolve))
  }
  override stop() {
    journal.push('disconnect')
  }
}

class CacheModule extends BaseModule {
  override requires = ['data']
  size: number
  constructor(size: number) {
    super('cache')
    this.size = size
  }
  override start() {
    journal.push(`cache of ${this.size}`)
  }
  override stop() {
    journal.push('cache stops')
  }
}

let second: Application | undefined

/** A transport that notes who serves, and hands its socket on. */
class RecordedTransport implements Transport {
  readonly name = 'test'
  readonly who: string
  constructor(who: string) {
    this.who = who
  }
  listen({ inherited }: { inherited?: unknown }) {
    journal.push(`${this.who} listens${inherited ? ` on ${inherited}` : ''}`)
  }
  drain() {
    journal.push(`${this.who} drains`)
  }
  close() {}
  handOff() {
    return `the socket of ${this.who}`
  }
}

const web = (who: string, start: () => unknown = () => {}) =>
  defineModule({
    name: 'web',
    requires: ['data'],
    start: start as () => void,
    transports: () => [new RecordedTransport(who)],
  })

async function running(
  host: TestHost,
  modules: readonly Module[],
  predecessor?: Application,
  settings?: never,
) {
  const app: Application = new Application<never>({ host, logger: quiet, modules, settings }) as never
  if (predecessor) second = app
  const run = app.run({ signals: false, predecessor })
  const ready = new Promise<void>((resolve) => void app.on('ready', () => resolve()))
  await host.clock.run(Promise.race([ready, run]))
  return { app, run }
}

function fresh() {
  journal = []
  second = undefined
  return new TestHost()
}

describe('a successor', () => {
  test('keeps the modules that did not change, with their connections and services; only the rest starts anew', async () => {
    const host = fresh()
    const { app: first } = await running(host, [new DataModule('a', host), new CacheModule(1), web('first')])
    const database = first.container.get(Database)
    const { app } = await running(host, [new DataModule('a', host), new CacheModule(2), web('second')], first)
    expect(app.container.get(Database)).toBe(database)
    expect(await host.clock.run(first.stop('replaced'))).toBe(0)
    await host.clock.advance(1_000)
    expect(await host.clock.run(app.stop())).toBe(0)
    expect(journal.filter((line) => !line.startsWith('ping'))).toEqual([
      'connect',
      'cache of 1',
      'first listens',
      'cache of 2',
      'second listens on the socket of first',
      'first drains',
      'cache stops',
      'second drains',
      'cache stops',
      'disconnect',
    ])
    expect(journal).toContain('ping of second')
  })

  test('takes no time for a slow module that it keeps', async () => {
    const host = fresh()
    const { app: first } = await running(host, [new DataModule('a', host), web('first')])
    const before = host.clock.now()
    const { app } = await running(host, [new DataModule('a', host), web('second')], first)
    expect(host.clock.now()).toBe(before)
    await host.clock.run(first.stop())
    await host.clock.run(app.stop())
  })

  test('serves on with what it kept after the first has gone: the container is its own', async () => {
    const host = fresh()
    const { app: first } = await running(host, [new DataModule('a', host), web('first')])
    const { app } = await running(host, [new DataModule('a', host), web('second')], first)
    await host.clock.run(first.stop())
    expect(app.getModule(DataModule).container.get(Database)).toBe(app.container.get(Database))
    await host.clock.run(app.stop())
  })

  test('of a successor keeps what the first of them started', async () => {
    const host = fresh()
    let { app } = await running(host, [new DataModule('a', host), web('first')])
    const database = app.container.get(Database)
    for (let i = 0; i < 5; i++) {
      const { app: next } = await running(host, [new DataModule('a', host), web(`${i}`)], app)
      await host.clock.run(app.stop())
      app = next
    }
    expect(app.container.get(Database)).toBe(database)
    await host.clock.run(app.stop())
    expect(journal.filter((line) => line === 'connect' || line === 'disconnect')).toEqual([
      'connect',
      'disconnect',
    ])
  })

  test.each<[string, (host: TestHost) => Module]>([
    ['another option', (host) => new DataModule('b', host)],
    ['another class', (host) => new (class DataModule2 extends DataModule {})('a', host)],
  ])('starts a module anew that has %s, and all that require it', async (_, changed) => {
    const host = fresh()
    const { app: first } = await running(host, [new DataModule('a', host), new CacheModule(1), web('first')])
    const { app } = await running(host, [changed(host), new CacheModule(1), web('second')], first)
    expect(journal.filter((line) => line === 'connect' || line.startsWith('cache of'))).toEqual([
      'connect',
      'cache of 1',
      'connect',
      'cache of 1',
    ])
    await host.clock.run(first.stop())
    await host.clock.run(app.stop())
  })

  test.each([
    ['keeps a module whose injected services it keeps', 'a', ['report', 'report stops']],
    [
      'starts a module anew whose injected service is another',
      'b',
      ['report', 'report', 'report stops', 'report stops'],
    ],
  ])('%s', async (_, url, lines) => {
    class ReportModule extends BaseModule {
      override readonly inject = { db: Database }
      override start(_: StartContext, { db }: Services<ReportModule['inject']>) {
        db.queries++
        journal.push('report')
      }
      override stop() {
        journal.push('report stops')
      }
    }
    const host = fresh()
    const { app: first } = await running(host, [new DataModule('a', host), new ReportModule(), web('first')])
    const { app } = await running(host, [new DataModule(url, host), new ReportModule(), web('second')], first)
    expect(app.container.get(Database).queries).toBe(1)
    await host.clock.run(first.stop())
    await host.clock.run(app.stop())
    expect(journal.filter((line) => line.startsWith('report'))).toEqual(lines)
  })

  test('starts a module anew whose options hide in private fields, unless it says itself that it is the same', async () => {
    class Hidden extends BaseModule {
      #url: string
      constructor(url: string) {
        super('hidden')
        this.#url = url
      }
      override start() {
        journal.push(`hidden ${this.#url}`)
      }
    }
    class Telling extends Hidden {
      readonly key: string
      constructor(url: string) {
        super(url)
        this.key = url
      }
      override canReuse(running: Module) {
        return running instanceof Telling && running.key === this.key
      }
    }
    for (const [Type, times] of [
      [Hidden, 2],
      [Telling, 1],
    ] as const) {
      const host = fresh()
      const { app: first } = await running(host, [new Type('x')])
      const { app } = await running(host, [new Type('x')], first)
      expect(journal).toEqual(Array(times).fill('hidden x'))
      await host.clock.run(first.stop())
      await host.clock.run(app.stop())
    }
  })

  test('starts a module anew whose settings changed', async () => {
    const Url = defineSettings(z.object({ url: z.string() }))
    class Reader extends BaseModule {
      override settings = Url
      override configure(container: Container) {
        container.register(Database, { inject: [Url], factory: ({ url }) => new Database(url) })
      }
      override start() {
        journal.push(`read ${this.container.get(Database).url}`)
      }
    }
    journal = []
    const app = async (url: string, predecessor?: Application) =>
      running(new TestHost({ env: { URL: url } }), [new Reader()], predecessor)
    const { app: first } = await app('a')
    const { app: same } = await app('a', first)
    const { app: other } = await app('b', same)
    expect(journal).toEqual(['read a', 'read b'])
    for (const one of [first, same, other]) await one.stop()
  })

  test('that fails to start leaves the first as it was', async () => {
    const host = fresh()
    const { app: first } = await running(host, [new DataModule('a', host), new CacheModule(1), web('first')])
    const failing = web('second', () => Promise.reject(new Error('no')))
    const { app, run } = await running(host, [new DataModule('a', host), new CacheModule(2), failing], first)
    expect([app.state, await run]).toEqual(['failed', 1])
    expect(first.state).toBe('running')
    expect(journal.filter((line) => line === 'disconnect')).toEqual([])
    expect(await host.clock.run(first.stop())).toBe(0)
    expect(journal.filter((line) => line === 'disconnect')).toEqual(['disconnect'])
  })

  test('that fails to listen gives the socket back', async () => {
    const host = fresh()
    const taken: string[] = []
    const first = defineModule({
      name: 'web',
      transports: () => [
        {
          name: 'a',
          listen() {},
          drain() {},
          close: () => void taken.push('first closed'),
          handOff: () => 'socket',
          reclaim: () => void taken.push('taken back'),
        },
      ],
    })
    const { app: before } = await running(host, [first])
    const a = {
      name: 'a',
      listen() {},
      drain() {},
      close: () => void taken.push('second closed'),
      handOff: () => void taken.push('let go'),
    }
    const b = { name: 'b', listen: () => Promise.reject(new Error('taken')), drain() {}, close() {} }
    const { app } = await running(host, [defineModule({ name: 'web', transports: () => [a, b] })], before)
    expect([app.state, before.state]).toEqual(['failed', 'running'])
    expect(taken).toEqual(['let go', 'taken back', 'second closed'])
    await host.clock.run(before.stop())
  })

  test('gets what the former module hands over', async () => {
    const host = fresh()
    class Counter extends BaseModule {
      count = 0
      override start({ previous }: StartContext) {
        this.count = ((previous as number | undefined) ?? 0) + 1
      }
      override handOff() {
        return this.count
      }
    }
    const { app: first } = await running(host, [new Counter()])
    const { app } = await running(host, [new Counter()], first)
    expect(app.getModule(Counter).count).toBe(2)
    await host.clock.run(first.stop())
    await host.clock.run(app.stop())
  })
})

describe('an exclusive module', () => {
  const exclusive = (who: string, start: () => unknown = () => {}) =>
    defineModule({
      name: 'lock',
      exclusive: true,
      start: () => {
        journal.push(`${who} locks`)
        return start() as undefined
      },
      stop: () => void journal.push(`${who} unlocks`),
    })
  const user = (who: string) =>
    defineModule({
      name: 'user',
      requires: ['lock'],
      start: () => void journal.push(`${who} uses`),
      stop: () => void journal.push(`${who} ends`),
    })

  test('never overlaps with its successor: it stops first, with what requires it, after its last request', async () => {
    const host = fresh()
    const { app: first } = await running(host, [exclusive('first'), user('first'), web2('first')])
    const work = first.inFlight.track('request', 'GET /')
    host.clock.after(300, () => {
      journal.push('answered')
      work.done()
    })
    const { app } = await running(host, [exclusive('second'), user('second'), web2('second')], first)
    expect(journal).toEqual([
      'first locks',
      'first uses',
      'first listens',
      'answered',
      'first ends',
      'first unlocks',
      'second locks',
      'second uses',
      'second listens on the socket of first',
    ])
    await host.clock.run(first.stop())
    await host.clock.run(app.stop())
    expect(journal.slice(9)).toEqual(['first drains', 'second drains', 'second ends', 'second unlocks'])
  })

  test('is started again if its successor fails', async () => {
    const host = fresh()
    const { app: first } = await running(host, [exclusive('first'), user('first'), web2('first')])
    const { app } = await running(
      host,
      [exclusive('second', () => Promise.reject(new Error('no'))), web2('second')],
      first,
    )
    expect(app.state).toBe('failed')
    expect(first.state).toBe('running')
    expect(journal.slice(3)).toEqual([
      'first ends',
      'first unlocks',
      'second locks',
      'first locks',
      'first uses',
    ])
    await host.clock.run(first.stop())
  })
})

const web2 = (who: string) => defineModule({ name: 'web', transports: () => [new RecordedTransport(who)] })
