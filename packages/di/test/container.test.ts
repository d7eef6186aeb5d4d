import {
  all,
  createContainer,
  lazy,
  named,
  type Opened,
  optional,
  request,
  seed,
  singleton,
  token,
  transient,
} from '@myfy/di'
import { toDot, toJSON, toMermaid } from '@myfy/di/diagram'
import { describe, expect, test } from 'vitest'
import { deferred, forms, problems } from './support.ts'

class Clock {
  now() {
    return 7
  }
}
class Report {
  clock: Clock
  constructor(clock: Clock) {
    this.clock = clock
  }
}

describe('tokens', () => {
  test('a class, a token and a provider value are each asked for as themselves', () => {
    const Url = token<string>('Url')
    const db = singleton({ url: Url, clock: Clock }, ({ url, clock }) => `${url} at ${clock.now()}`)
    const container = createContainer().register(Clock).register(Url, { value: 'db://' }).build()
    expect(container.get(db)).toBe('db:// at 7')
    expect(container.get(Clock)).toBe(container.get(Clock))
  })

  test('a qualifier tells two services of one token apart, however it is written', () => {
    const Url = token<string>('Url')
    const container = createContainer()
      .register(Url, { value: 'default' })
      .register(Url, { qualifier: 'primary', value: 'one' })
      .register(Url.named('replica'), { value: 'two' })
      .register(Clock, { qualifier: 'wall' })
      .build()
    expect(container.get(Url.named('primary'))).toBe('one')
    expect(container.get(named(Url, 'replica'))).toBe('two')
    expect(container.get(Url)).toBe('default')
    expect(container.get(named(Clock, 'wall'))).toBeInstanceOf(Clock)
    expect(container.has(Clock)).toBe(false)
    expect(container.has(named(Clock, 'wall'))).toBe(true)
  })

  test('the forms of a provider value', () => {
    const container = createContainer().register(Clock).build()
    const tuple = singleton([Clock, Clock], (a, b) => a === b)
    const plain = singleton(Clock)
    const built = singleton(Report, [Clock], { name: 'a report' })
    const byRecord = singleton({ clock: Clock }, ({ clock }) => clock.now())
    expect(container.get(tuple)).toBe(true)
    expect(container.get(plain)).toBeInstanceOf(Clock)
    expect(container.get(built).clock).toBe(container.get(Clock))
    expect(container.get(byRecord)).toBe(7)
    expect(built.name).toBe('a report')
  })

  test('undefined is a service like any other', async () => {
    let built = 0
    const nothing = singleton(() => void built++)
    const container = createContainer().build()
    container.get(nothing)
    expect(await container.resolve(nothing)).toBe(undefined)
    expect(built).toBe(1)
  })
})

describe('markers', () => {
  const Plugin = token<string>('Plugin')

  test('all injects every provider in the order of registration', () => {
    const plugins = singleton({ list: all(Plugin) }, ({ list }) => list.join())
    const container = createContainer()
      .registerMany(Plugin, { value: 'a' })
      .registerMany(Plugin, { inject: [Clock], factory: (clock) => `b${clock.now()}` })
      .register(Clock)
      .build()
    expect(container.get(plugins)).toBe('a,b7')
    expect(container.get(all(Plugin))).toEqual(['a', 'b7'])
    expect(container.get(all(Report))).toEqual([])
  })

  test('optional injects undefined when nobody provides it', () => {
    const reader = singleton({ plugin: optional(Plugin) }, ({ plugin }) => plugin ?? 'none')
    expect(createContainer().build().get(reader)).toBe('none')
    expect(createContainer().register(Plugin, { value: 'p' }).build().get(reader)).toBe('p')
  })

  test('lazy lets two services know each other', () => {
    class Parent {
      child: Child
      constructor(child: Child) {
        this.child = child
      }
    }
    class Child {
      parent: { readonly value: Parent }
      constructor(parent: { readonly value: Parent }) {
        this.parent = parent
      }
    }
    const container = createContainer()
      .register(Parent, { inject: [Child] })
      .register(Child, { inject: [lazy(Parent)] })
      .build()
    const parent = container.get(Parent)
    expect(parent.child.parent.value).toBe(parent)
  })

  test.each(forms)('all and optional work in a plan ($codegen)', (form) => {
    const Id = seed<number>('request', 'Id')
    const container = createContainer(form)
      .registerMany(Plugin, { value: 'a' })
      .registerMany(Plugin, { scope: 'request', inject: [Id], factory: (id) => `b${id}` })
    const plan = container.plan({
      name: 'x',
      inject: { list: all(Plugin), clock: optional(Clock), id: Id },
      scope: 'request',
      seeds: [Id],
    })
    const bare = container.plan({ name: 'y', inject: [optional(Id)], scope: 'request' })
    container.build()
    expect((plan.open(3) as Opened).values).toEqual({ list: ['a', 'b3'], clock: undefined, id: 3 })
    expect((bare.open() as Opened).values).toEqual([undefined])
  })
})

test.each(forms)('tuples and records of every length give what they name ($codegen)', (form) => {
  const parts = ['a', 'b', 'c'].map((name) => request(() => name))
  const container = createContainer(form)
  const given = (...services: unknown[]) => services
  const wholes = [0, 1, 2, 3].flatMap((length) => [
    request(parts.slice(0, length), given),
    request(Object.fromEntries(parts.slice(0, length).entries()), given),
  ])
  const plan = container.plan({ name: 'x', inject: wholes, scope: 'request' })
  container.build()
  const [a, b, c] = ['a', 'b', 'c']
  expect((plan.open() as Opened).values).toEqual([
    [],
    [{}],
    [a],
    [{ 0: a }],
    [a, b],
    [{ 0: a, 1: b }],
    [a, b, c],
    [{ 0: a, 1: b, 2: c }],
  ])
})

describe('asynchronous services', () => {
  test('are built once, however many ask at the same time', async () => {
    const gate = deferred()
    let built = 0
    const db = singleton(async () => {
      await gate.promise
      return { id: ++built }
    })
    const repo = singleton({ db }, ({ db }) => db)
    const container = createContainer().build()
    const asked = [container.resolve(db), container.resolve(repo), container.resolve(db)]
    gate.resolve()
    const [a, b, c] = await Promise.all(asked)
    expect([a === b, b === c, built]).toEqual([true, true, 1])
    expect(container.get(repo)).toBe(a)
  })

  test('that failed can be asked for again', async () => {
    let tries = 0
    const db = singleton(async () => {
      if (++tries === 1) throw new Error('not yet')
      return tries
    })
    const container = createContainer()
    const plan = container.plan({ name: 'x', inject: { db } })
    container.build()
    const both = await Promise.allSettled([container.resolve(db), plan.prepare()])
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await plan.prepare()
    expect([container.get(db), tries]).toEqual([2, 2])
  })

  test('of a scope are built once in it', async () => {
    let built = 0
    const tx = request(async () => ++built)
    const repo = request({ tx }, ({ tx }) => tx)
    const container = createContainer().build()
    const scope = container.createScope('request')
    expect(await Promise.all([scope.resolve(repo), scope.resolve(tx)])).toEqual([1, 1])
    expect(scope.get(tx)).toBe(1)
    expect(await container.createScope('request').resolve(tx)).toBe(2)
  })
})

describe('a graph that is looked at before it is built', () => {
  test('takes what is registered afterwards', () => {
    const container = createContainer().register(Report, { inject: [Clock] })
    const plan = container.plan({ name: 'show', inject: { report: Report } })
    container.graph()
    container.register(Clock).build()
    expect(container.get(Report).clock.now()).toBe(7)
    expect((plan.open() as Opened<{ report: typeof Report }>).values.report.clock.now()).toBe(7)
  })

  test('takes an override that comes afterwards', () => {
    const container = createContainer().register(Clock)
    container.graph()
    expect(
      container
        .override(Clock, { value: { now: () => 8 } })
        .build()
        .get(Clock)
        .now(),
    ).toBe(8)
  })
})

describe('override', () => {
  const Url = token<string>('Url')

  test('replaces a provider whenever it is registered, in its scope', () => {
    const url = request(() => 'real')
    const container = createContainer()
      .override(Url, { value: 'fake' })
      .register(Url, { value: 'real' })
      .override(url, { factory: () => 'fake' })
      .override(Clock, { factory: () => new Clock() })
      .register(Clock, { scope: 'request' })
      .build()
    expect(container.get(Url)).toBe('fake')
    const scope = container.createScope('request')
    expect(scope.get(url)).toBe('fake')
    expect(scope.get(Clock)).not.toBe(container.createScope('request').get(Clock))
  })

  test('takes a provider value', () => {
    const real = singleton(() => 'real')
    const container = createContainer()
      .override(
        real,
        singleton(() => 'fake'),
      )
      .build()
    expect(container.get(real)).toBe('fake')
  })

  test('mends a graph that would not build', () => {
    const container = createContainer().register(Report, { inject: [Clock] })
    expect(problems(() => container.build())).toHaveLength(1)
    expect(container.built).toBe(false)
    expect(container.override(Clock, { value: new Clock() }).build().get(Report).clock.now()).toBe(7)
  })
})

describe('the graph', () => {
  const Id = seed<number>('request', 'Id')
  const Plugin = token<string>('Plugin')

  function described() {
    const container = createContainer()
      .register(Clock)
      .register(Report, { scope: 'request', inject: [Clock] })
      .registerMany(Plugin, { value: 'a' })
    const part = transient({ report: Report, id: optional(Id) }, () => 1, { name: 'a "part"' })
    container.plan({
      name: 'GET /',
      inject: { part, plugins: all(Plugin), clock: lazy(Clock), none: optional(token('none')) },
      scope: 'request',
      seeds: [Id],
    })
    return container.build().graph()
  }

  test('is data: who is built from whom', () => {
    const { nodes, edges } = described()
    const name = (id: string) => nodes.find((node) => node.id === id)!.name
    expect(edges.map(({ from, to, kind, key }) => [name(from), name(to), kind, key])).toEqual([
      ['GET /', 'a "part"', 'inject', 'part'],
      ['GET /', 'Plugin', 'all', 'plugins'],
      ['GET /', 'Clock', 'lazy', 'clock'],
      ['Report', 'Clock', 'inject', undefined],
      ['a "part"', 'Report', 'inject', 'report'],
      ['a "part"', 'Id', 'inject', 'id'],
    ])
    expect(nodes.find(({ name }) => name === 'Id')).toMatchObject({ kind: 'seed', scope: 'request' })
  })

  test('is drawn as Mermaid, DOT and JSON', () => {
    const graph = described()
    expect(toMermaid(graph)).toContain('(["GET /"])')
    expect(toMermaid(graph)).toContain('["a #34;part#34; (transient)"]')
    expect(toMermaid(graph)).toContain('-.->')
    expect(toDot(graph)).toMatch(/^digraph \{\n {2}n0 \[label="GET \/"\]/)
    expect(toDot(graph)).toContain('[label="a \\"part\\" (transient)"]')
    expect(toDot(graph)).toContain('[style=dashed]')
    expect(JSON.parse(toJSON(graph))).toEqual(graph)
    expect(toJSON(described())).toBe(toJSON(graph))
  })
})

test('a provider value that only appears after build is verified when it appears', () => {
  const bad = singleton({ gone: Report }, () => 1, { name: 'bad' })
  const container = createContainer().build()
  expect(problems(() => container.get(bad))[0]).toMatchObject({ path: ['bad', 'Report'] })
  expect(problems(() => container.get(bad))).toHaveLength(1)
  expect(problems(() => container.plan({ name: 'late', inject: { bad } }))[0]).toMatchObject({
    path: ['late', 'bad', 'Report'],
  })
  const good = container.plan({ name: 'later', inject: { value: singleton(() => 1) } })
  expect((good.open() as Opened).values).toEqual({ value: 1 })
})

test('containers that are told of the same tokens in another order each find their own', () => {
  const [A, B, C] = [token<string>('A'), token<string>('B'), token<string>('C')]
  const containerOf = (name: string, tokens: (typeof A)[]) => {
    const container = createContainer()
    for (const token of tokens) container.register(token, { value: `${token.name} of ${name}` })
    return container.registerMany(B, { value: 'one of many' }).build()
  }
  const [first, second] = [containerOf('first', [A, B, C]), containerOf('second', [C, A])]
  expect([A, B, C].map((token) => first.get(token))).toEqual(['A of first', 'B of first', 'C of first'])
  expect([A, C].map((token) => second.get(token))).toEqual(['A of second', 'C of second'])
  expect([first.has(B), second.has(B)]).toEqual([true, true])
  expect(second.get(all(B))).toEqual(['one of many'])
  expect(problems(() => containerOf('third', [C, A, A, C]))).toHaveLength(2)
})

test('a token that nobody may change is a token', () => {
  const Url = token<string>('Url')
  Object.freeze(Url)
  expect(createContainer().register(Url, { value: 'db://' }).build().get(Url)).toBe('db://')
})

test('two containers share nothing', () => {
  const service = singleton(() => ({}))
  expect(createContainer().build().get(service)).not.toBe(createContainer().build().get(service))
})

test('a chain of 50,000 providers is verified without recursion', () => {
  const container = createContainer()
  const tokens = Array.from({ length: 50_000 }, (_, i) => token<number>(`t${i}`))
  tokens.forEach((t, i) => {
    const next = tokens[i + 1]
    if (next) container.register(t, { inject: [next], factory: (n) => n })
    else container.register(t, { value: i })
  })
  expect(container.build().built).toBe(true)
})
