// What the compiler accepts and infers, and in which words it refuses.
import {
  all,
  createContainer,
  type Injected,
  type Lazy,
  lazy,
  type Opened,
  optional,
  request,
  seed,
  singleton,
  task,
  token,
  transient,
} from '@myfy/di'
import ts from 'typescript'
import { expect, expectTypeOf, test } from 'vitest'

class Settings {
  url = ''
}
class Clock {
  now() {
    return 0
  }
}
class Report {
  settings: Settings
  constructor(settings: Settings, clock: Clock) {
    this.settings = settings
    void clock
  }
}
const Url = token<string>('Url')
const UserId = seed<number>('request', 'UserId')
const session = request({ id: UserId }, ({ id }) => ({ id }))
const job = task(() => 'job')
const clock = singleton(Clock)

test('everything is inferred', () => {
  const report = singleton(
    { settings: Settings, url: Url, all: all(Url), maybe: optional(Clock), later: lazy(Clock) },
    (given) => {
      expectTypeOf(given).toEqualTypeOf<{
        settings: Settings
        url: string
        all: string[]
        maybe: Clock | undefined
        later: Lazy<Clock>
      }>()
      return Promise.resolve(given.url.length)
    },
  )
  expectTypeOf<Injected<typeof report>>().toEqualTypeOf<number>()
  const pair = singleton([Settings, report], (settings, length) => {
    expectTypeOf(settings).toEqualTypeOf<Settings>()
    expectTypeOf(length).toEqualTypeOf<number>()
    return settings
  })
  expectTypeOf<Injected<typeof pair>>().toEqualTypeOf<Settings>()
  const container = createContainer()
    .register(Report, { inject: [Settings, Clock] })
    .register(Url, { inject: { settings: Settings }, factory: ({ settings }) => settings.url })
    .register(Settings)
    .register(Clock)
  const plan = container.plan({ name: 'x', inject: { session, Url }, scope: 'request', seeds: [UserId] })
  expectTypeOf(plan.open).parameters.toEqualTypeOf<[number]>()
  container.build()
  const opened = plan.open(7) as Opened<{ session: typeof session; Url: typeof Url }>
  expectTypeOf(opened.values.session.id).toEqualTypeOf<number>()
  expectTypeOf(container.get(Report)).toEqualTypeOf<Report>()
  expectTypeOf(container.resolve(report)).toEqualTypeOf<Promise<number>>()
})

test('a wrong order in a tuple is refused', () => {
  // @ts-expect-error: inject[0] does not give what parameter 0 of the constructor takes
  expect(() => singleton(Report, [Clock, Settings])).not.toThrow()
  // @ts-expect-error: the constructor takes 2 services, inject names 1
  expect(() => singleton(Report, [Settings])).not.toThrow()
  // @ts-expect-error: the same for register
  expect(() => createContainer().register(Report, { inject: [Clock, Settings] })).not.toThrow()
})

test('a key that the record does not have is refused', () => {
  // @ts-expect-error: Property 'settings' does not exist
  expect(() => singleton({ clock }, ({ settings }) => settings)).not.toThrow()
})

test('a captive dependency between provider values is refused', () => {
  // @ts-expect-error: a singleton cannot depend on the request-scoped provider 'session'
  expect(() => singleton({ session }, ({ session }) => session)).not.toThrow()
  // @ts-expect-error: a request-scoped provider cannot depend on the task-scoped provider 'job'
  expect(() => request({ job }, ({ job }) => job)).not.toThrow()
  const through = transient({ session }, ({ session }) => session)
  // @ts-expect-error: a singleton cannot depend on the request-scoped provider 'through'
  expect(() => singleton({ through }, () => 1)).not.toThrow()
  // @ts-expect-error: a handle does not help
  expect(() => singleton([lazy(session)], () => 1)).not.toThrow()
  expect(() => [
    request({ session, clock, Url }, () => 1),
    task({ job, clock }, () => 1),
    transient({ job }, () => 1),
  ]).not.toThrow()
})

test('a seed of the wrong type is refused', () => {
  const container = createContainer()
  const plan = container.plan({ name: 'x', inject: [UserId], scope: 'request', seeds: [UserId] })
  container.build()
  // @ts-expect-error: Argument of type 'string' is not assignable to parameter of type 'number'
  expect(() => plan.open('7')).not.toThrow()
  // @ts-expect-error: and by hand
  expect(() => UserId.of('7')).not.toThrow()
})

const virtual = `${import.meta.dirname}/virtual.ts`
const base: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  customConditions: ['@myfy/source'],
  types: [],
  strict: true,
  skipLibCheck: true,
  noEmit: true,
  allowImportingTsExtensions: true,
}
const parsed = new Map<string, ts.SourceFile | undefined>()

/** A program of one file that does not exist. */
function programOf(source: string) {
  const host = ts.createCompilerHost(base)
  const read = host.getSourceFile.bind(host)
  host.getSourceFile = (file, ...rest) => {
    if (file === virtual) return ts.createSourceFile(file, source, base.target!, true)
    if (!parsed.has(file)) parsed.set(file, read(file, ...rest))
    return parsed.get(file)
  }
  const exists = host.fileExists.bind(host)
  host.fileExists = (file) => file === virtual || exists(file)
  return ts.createProgram([virtual], base, host)
}

const imports = `import { createContainer, lazy, request, seed, singleton, task, token, transient } from '../src/index.ts'\n`

/** What the compiler says to a piece of code. */
const says = (source: string): string => {
  const program = programOf(imports + source)
  return ts
    .getPreEmitDiagnostics(program, program.getSourceFile(virtual))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
    .join('\n')
}

const declared = `
class Settings { url = '' }
class Clock { now() { return 0 } }
class Report { constructor(settings: Settings, clock: Clock) { void settings; void clock } }
const clock = singleton(Clock)
const session = request(() => 1)
const job = task(() => 1)
const UserId = seed<number>('request', 'UserId')
`

test.each([
  [
    'singleton({ session }, ({ session }) => session)',
    "a singleton cannot depend on the request-scoped provider 'session'",
  ],
  [
    'request({ job }, ({ job }) => job)',
    "a request-scoped provider cannot depend on the task-scoped provider 'job'",
  ],
  [
    'singleton([clock, UserId], (clock, id) => id)',
    "a singleton cannot depend on the request-scoped provider '1'",
  ],
  [
    'singleton(Report, [Clock, Settings])',
    'inject[0] does not give what parameter 0 of the constructor takes',
  ],
  ['singleton(Report, [Settings])', 'the constructor takes 2 services, inject names 1'],
  [
    'createContainer().register(Report, { inject: [Clock, Settings] })',
    'inject[0] does not give what parameter 0 of the constructor takes',
  ],
  ['singleton({ clock }, ({ settings }) => settings)', "Property 'settings' does not exist on type"],
  ["UserId.of('seven')", "Argument of type 'string' is not assignable to parameter of type 'number'"],
  [
    "createContainer().plan({ name: '', inject: [], scope: 'request', seeds: [UserId] }).open('seven')",
    "Argument of type 'string' is not assignable to parameter of type 'number'",
  ],
])('%s is refused in words', (source, words) => {
  expect(says(declared)).toBe('')
  expect(says(declared + source)).toContain(words)
})

/** Providers in the way a large application has them: each from up to three others, a record, one file. */
const many = (count: number) =>
  Array.from({ length: count }, (_, i) => {
    const parts = [i - 1, i >> 1, i - 7].filter(
      (part, at, all) => part >= 0 && part < i && all.indexOf(part) === at,
    )
    const record = parts.map((part) => `p${part}`).join(', ')
    return `export const p${i} = ${i % 3 ? 'request' : 'singleton'}({ ${
      i % 3
        ? record
        : parts
            .filter((p) => p % 3 === 0)
            .map((p) => `p${p}`)
            .join(', ')
    } }, () => ({ id${i}: ${i} }))`
  }).join('\n')

test('checking costs the same for each provider, however many there are', () => {
  const cost = (count: number) => {
    const program = programOf(imports + many(count))
    expect(ts.getPreEmitDiagnostics(program, program.getSourceFile(virtual))).toEqual([])
    return (program as unknown as { getInstantiationCount(): number }).getInstantiationCount()
  }
  const none = cost(0)
  const small = (cost(100) - none) / 100
  const large = (cost(1000) - none) / 1000
  console.info(`type instantiations a provider: ${small.toFixed(0)} of 100, ${large.toFixed(0)} of 1,000`)
  expect(large).toBeLessThan(small * 1.1)
  expect(large).toBeLessThanOrEqual(100)
})
