import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { Application } from '../../../src/application/application.ts'
import { BaseModule, defineModule } from '../../../src/modules/base-module.ts'
import { prove } from '../../../src/testing/prove/prove.ts'
import { replay } from '../../../src/testing/prove/replay.ts'
import type { World } from '../../../src/testing/prove/schedule/world.ts'

const levels = { startup: { concurrency: 'levels' } } as const

/** The rules that an application breaks. */
async function rulesOf(
  create: (world: World) => Application<never> | Application,
): Promise<readonly string[]> {
  const { problems } = await prove(create)
  return [...new Set(problems.map(({ rule }) => rule))]
}

test('an application without modules has two interleavings: the signal arrives during the start, or later', async () => {
  const proof = await prove(() => new Application())
  expect(proof).toMatchObject({ isComplete: true, left: 0, problems: [] })
  expect(proof.text).toBe(`no problem in all ${proof.explored} interleavings`)
})

describe('a module that starts beside another one that it needs', () => {
  const create = (requires: readonly string[]) => () => {
    const open = new Set<string>()
    const cache = defineModule({
      name: 'cache',
      async start() {
        await null
        open.add('cache')
      },
    })
    const feed = defineModule({
      name: 'feed',
      requires,
      async start() {
        await null
        if (!open.has('cache')) throw new Error('the cache is not open')
      },
    })
    return new Application({ modules: [cache, feed], ...levels })
  }

  test('is found, with the shortest schedule', async () => {
    const { problems } = await prove(create([]))
    expect(problems[0]).toMatchObject({ rule: 'failure', text: 'start of feed fails: the cache is not open' })
    expect(problems[0]!.story.filter((line) => line.startsWith('!'))).toEqual([
      '! 0 ms  start of feed runs, before the others',
    ])
  })

  test('is no problem once it requires the other one', async () => {
    expect(await prove(create(['cache']))).toMatchObject({ isComplete: true, problems: [] })
  })
})

describe('a service', () => {
  class Store {
    read(): string {
      return 'value'
    }
  }
  class StoreModule extends BaseModule {
    override name = 'store'
    override configure(): void {
      this.container.register(Store)
    }
    override async start(): Promise<void> {
      await sleep(5)
    }
    override async stop(): Promise<void> {
      await sleep(5)
    }
  }

  test('that is used before its module has started is found', async () => {
    const create = (requires: readonly string[]) => () => {
      const reader = defineModule({
        name: 'reader',
        requires,
        async start({ app }) {
          await sleep(1)
          app.container.get(Store).read()
        },
      })
      return new Application({ modules: [new StoreModule(), reader], ...levels })
    }
    expect(await rulesOf(create([]))).toContain('before start')
    expect(await rulesOf(create(['store']))).toEqual([])
  })

  test('that is used after its module has stopped is found', async () => {
    const create = (isOwned: boolean) => () => {
      const reader = defineModule({
        name: 'reader',
        start({ app, every, defer }) {
          const read = () => app.container.get(Store).read()
          if (isOwned) return every(100, 'read', read)
          const timer = setInterval(read, 100)
          // Cleared, but later than it should be: when the services are disposed.
          app.on('stopped', () => clearInterval(timer))
          defer(() => {})
        },
      })
      return new Application({ modules: [new StoreModule(), reader] })
    }
    expect(await rulesOf(create(false))).toContain('after stop')
    expect(await rulesOf(create(true))).toEqual([])
  })
})

test('what a start acquires after it was abandoned must be released', async () => {
  const create = (isReleased: boolean) => (world: World) => {
    let open = 0
    world.invariant('every connection is closed at the end', () => !world.ended || open === 0)
    const data = defineModule({
      name: 'data',
      async start({ defer }) {
        await null
        open++
        if (isReleased) defer(() => open--)
      },
      async stop() {
        await null
        if (!isReleased) open--
      },
    })
    return new Application({ modules: [data] })
  }
  expect(await rulesOf(create(false))).toEqual(['invariant'])
  expect(await rulesOf(create(true))).toEqual([])
})

test('a stop that runs twice is found', async () => {
  const create = () => {
    const cache = defineModule({ name: 'cache', start() {}, async stop() {} })
    const feed = defineModule({
      name: 'feed',
      start() {},
      stop: async () => (cache.stop as () => Promise<void>)(),
    })
    return new Application({ modules: [cache, feed] })
  }
  const { problems } = await prove(create)
  expect(problems[0]).toMatchObject({ rule: 'once', text: 'stop of cache runs 2 times' })
})

test('timers, listeners and intervals that are left are found', async () => {
  const leak = (start: () => void) => () =>
    new Application({ modules: [defineModule({ name: 'leaky', start })] })
  expect(await rulesOf(leak(() => void setInterval(() => {}, 1_000)))).toEqual(['leak'])
  expect(await rulesOf(leak(() => void setTimeout(() => {}, 86_400_000)))).toEqual(['leak'])
  const listener = () => {}
  expect(await rulesOf(leak(() => void process.on('SIGUSR2', listener)))).toEqual(['leak'])
  process.removeAllListeners('SIGUSR2')
  expect(await rulesOf(leak(() => {}))).toEqual([])
})

test('a request that was accepted must be answered', async () => {
  const create = (isTracked: boolean) => (world: World) => {
    const worker = defineModule({
      name: 'worker',
      start({ track }) {
        world.request('an order', () => {
          const work = isTracked ? track('job', 'order') : undefined
          return new Promise<void>((resolve) => {
            setTimeout(() => {
              work?.done()
              resolve()
            }, 50)
          })
        })
      },
    })
    return new Application({ modules: [worker] })
  }
  expect(await rulesOf(create(false))).toContain('lost')
  expect(await rulesOf(create(true))).toEqual([])
})

test('a story names the timers of user code, and stands at the moment at which the problem arises', async () => {
  const create = (world: World) => {
    let charges = 0
    world.invariant('the card is charged once', () => charges <= 1)
    const pay = () => world.step('ask the bank').then(() => charges++)
    const shop = defineModule({
      name: 'shop',
      start({ track }) {
        world.request('a payment', async () => {
          using _work = track('request', 'POST /payments')
          const abort = new AbortController()
          const late = sleep(1_000, undefined, { signal: abort.signal }).then(pay, () => {})
          await Promise.race([pay(), late])
          abort.abort()
          await late
        })
      },
    })
    return new Application({ modules: [shop] })
  }
  const { problems } = await prove(create)
  const [{ story, advice }] = problems as [(typeof problems)[number]]
  const from = story.findIndex((line) => line.includes('setTimeout 1000 ms of request a payment fires'))
  expect(story.slice(from, from + 4)).toEqual([
    '!  1 s  setTimeout 1000 ms of request a payment fires, before the others',
    '        ask the bank is done',
    '        ask the bank #2 is done',
    "✗       the invariant 'the card is charged once' is broken",
  ])
  expect(advice).toBeUndefined()
})

test('an unhandled failure ends the process, also one that was chosen', async () => {
  const create = (isHandled: boolean) => (world: World) => {
    const audit = defineModule({
      name: 'audit',
      start() {
        world.request('an order', () => {
          const written = world.step('write the log')
          if (isHandled) written.catch(() => {})
        })
      },
    })
    return new Application({ modules: [audit] })
  }
  const { problems } = await prove(create(false))
  expect(problems[0]).toMatchObject({
    rule: 'failure',
    text: 'an unhandled rejection ends the process: write the log fails',
    advice: expect.stringContaining('Handle the error where it occurs'),
  })
  expect(await rulesOf(create(true))).toEqual([])
})

test('an exception without a caller is a problem, and ends no other process than that of the schedule', async () => {
  const create = (world: World) => {
    world.request('a price', () => queueMicrotask(() => Promise.reject(new Error('no price'))))
    world.request('a sum', () =>
      process.nextTick(() => {
        throw new Error('no sum')
      }),
    )
    return new Application()
  }
  const { problems } = await prove(create)
  expect(problems.map(({ text }) => text)).toEqual(
    expect.arrayContaining([
      'an unhandled rejection ends the process: no price',
      'an uncaught exception ends the process: no sum',
    ]),
  )
})

test('an application is forgotten when its schedule has ended', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const created: Array<WeakRef<Application>> = []
  const proof = await prove(() => {
    const app = new Application({ modules: [defineModule({ name: 'one', start: () => sleep(1) })] })
    created.push(new WeakRef(app))
    return app
  })
  expect(proof.explored).toBeGreaterThan(5)
  const kept = () => created.slice(0, -1).filter((one) => one.deref() !== undefined)
  // References are kept until the present job has ended, and until the engine has compiled what it was compiling.
  for (let round = 0; round < 50 && kept().length > 0; round++) {
    await sleep(1)
    collect()
  }
  expect(kept()).toEqual([])
})

test('a replay is the same each time', async () => {
  const create = (world: World) => {
    const names = ['one', 'two', 'three']
    const modules = names.map((name) =>
      defineModule({
        name,
        async start() {
          await world.step(`connect ${name}`)
          await sleep(Math.random() * 100)
        },
        async stop() {
          if (name === 'two') throw new Error('stop of two breaks')
        },
      }),
    )
    return new Application({ modules, ...levels })
  }
  const { problems } = await prove(create, { schedules: 50 })
  const [problem] = problems
  const first = await replay(create, problem!.seed)
  expect(first.problems).toContain(problem!.text)
  for (let i = 0; i < 20; i++) expect(await replay(create, problem!.seed)).toEqual(first)
})

test('the globals are those of Node.js again afterwards', async () => {
  const before = [setTimeout, setInterval, Date, Math.random, performance.now, process.exit]
  await prove(() => new Application())
  expect([setTimeout, setInterval, Date, Math.random, performance.now, process.exit]).toEqual(before)
})

test('beyond the limits, random schedules are explored', async () => {
  const create = (world: World) => {
    const order: string[] = []
    const wanted = ['e', 'd', 'c', 'b', 'a'].join()
    world.invariant('never in reverse', () => order.join() !== wanted)
    const modules = ['a', 'b', 'c', 'd', 'e'].map((name) =>
      defineModule({
        name,
        async start() {
          await world.step(`open ${name}`)
          order.push(name)
        },
      }),
    )
    return new Application({ modules, ...levels })
  }
  const proof = await prove(create, { schedules: 200, time: 300_000 })
  expect(proof.isComplete).toBe(false)
  expect(proof.explored).toBe(150)
  if (proof.problems.length === 0) expect(proof.random).toBe(50)
  expect(proof.scope).toMatch(/^150 of at least [\d,]+ interleavings, and [\d,]+ at random$/)
})

describe('a mistake of the user', () => {
  test('an application that is created once is refused', async () => {
    const app = new Application()
    await app.startModules()
    await expect(prove(() => app)).rejects.toMatchObject({ code: 'MYFY_PROVE_APPLICATION' })
    await app.stopModules()
  })

  test('a text that is no seed is refused', async () => {
    for (const seed of ['', 'x', 'p1.', 'p1.e30'])
      await expect(
        replay(() => new Application(), seed),
        seed,
      ).rejects.toMatchObject({ code: 'MYFY_PROVE_SEED' })
  })

  test('two explorations at once are refused', async () => {
    const first = prove(() => new Application())
    await expect(prove(() => new Application())).rejects.toMatchObject({ code: 'MYFY_PROVE_TWICE' })
    await first
  })

  test('a seed of another application is refused', async () => {
    const create = () =>
      new Application({ modules: [defineModule({ name: 'a', stop: () => Promise.reject(new Error('no')) })] })
    const { problems } = await prove(create)
    const other = problems.find(({ story }) => story.some((line) => line.startsWith('!'))) ?? problems[0]!
    expect((await replay(create, other.seed)).problems.length).toBeGreaterThan(0)
    const seed = `p1.${Buffer.from('[1,3,"",[0,"begin start of nobody"]]').toString('base64url')}`
    await expect(replay(create, seed)).rejects.toMatchObject({ code: 'MYFY_PROVE_CHANGED' })
    const adapted = await replay(create, seed, { adapt: true })
    expect(adapted.story.join('\n')).toContain('stop of a has failed: no')
  })
})
