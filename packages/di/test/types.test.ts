// What the compiler accepts and infers, and in which words it refuses.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
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
import { expect, expectTypeOf, onTestFinished, test } from 'vitest'

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

const imports = `import { createContainer, deferred, lazy, named, type Provider, request, seed, singleton, task, token, transient, work } from '../src/index.ts'\n`

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
class Meter { constructor(start: number) { void start } }
class Pool { constructor(config?: { url?: string }) { void config } async end() {} }
class Hidden { private constructor(readonly url: string) {} static create() { return new Hidden('') } }
class Overloaded { constructor(url: string); constructor(options: { host: string }, extra?: number); constructor(a: unknown, b?: unknown) { void [a, b] } }
class ByRecord { constructor({ clock }: { clock: Clock }) { void clock } }
const Url = token<string>('Url')
declare const maybe: string | undefined
const clock = singleton(Clock)
const session = request(() => 1)
const job = task(() => 1)
const UserId = seed<number>('request', 'UserId')
`

/** Wrong code, and what is to be read of it. */
const refused: readonly (readonly [code: string, words: string])[] = [
  [
    'singleton({ session }, ({ session }) => session)',
    "a singleton cannot depend on the request-scoped provider 'session'",
  ],
  [
    'request({ job }, ({ job }) => job, { settle: () => 1 })',
    "a request-scoped provider cannot depend on the task-scoped provider 'job'",
  ],
  [
    'singleton([clock, UserId], (clock, id) => id)',
    "a singleton cannot depend on the request-scoped provider '1'",
  ],
  ['singleton(Meter, [session])', "a singleton cannot depend on the request-scoped provider '0'"],
  [
    'singleton(Report, [Clock, Settings])',
    'inject[0] does not give what parameter 0 of the constructor takes',
  ],
  ['singleton(Report, [Settings])', 'the constructor takes 2 services, inject names 1'],
  ["singleton(Report, [Settings, 'clock'])", "Type 'string' is not assignable to type 'Injectable"],
  ['singleton(Report)', 'Expected 2 or more, but got 0'],
  ["singleton(Report, { name: 'report' })", 'the constructor takes 2 services, inject names 0'],
  ["singleton(Clock, { name: 'clock' }, { name: 'clock' })", "to parameter of type 'undefined'"],
  ["singleton(() => 1, { name: 'one' }, { name: 'one' })", "to parameter of type 'undefined'"],
  ["singleton(Clock, { nam: 'clock' })", "Did you mean to write 'name'?"],
  ["singleton({ clock }, () => 1, { nam: 'one' })", "Did you mean to write 'name'?"],
  ["singleton(() => 1, { nam: 'one' })", "Did you mean to write 'name'?"],
  [
    'singleton({ clock }, (given: { clock: string }) => given)',
    "Type 'Clock' is not assignable to type 'string'",
  ],
  ['singleton({ clock: undefined }, () => 1)', "Type 'undefined' is not assignable to type 'Injectable"],
  [
    "singleton('clock', () => 1)",
    "Argument of type 'string' is not assignable to parameter of type 'Inject'",
  ],
  ['singleton({ clock }, ({ settings }) => settings)', "Property 'settings' does not exist on type"],
  [
    'createContainer().register(Report, { inject: [Clock, Settings] })',
    'inject[0] does not give what parameter 0 of the constructor takes',
  ],
  [
    'createContainer().register(Report, { inject: [Settings] })',
    'the constructor takes 2 services, inject names 1',
  ],
  [
    "createContainer().register(Report, { scope: 'request' })",
    'the constructor takes 2 services, inject names 0',
  ],
  ['createContainer().register(Report)', 'the constructor takes 2 services, inject names 0'],
  [
    'createContainer().register(Report, { inject: { settings: Settings, clock: Clock } })',
    'a constructor with several parameters takes a tuple',
  ],
  [
    "createContainer().register(Report, { inject: [Settings, Clock], scpe: 'request' })",
    "Did you mean to write 'scope'?",
  ],
  ["createContainer().register(Clock, { scope: 'requst' })", `Did you mean '"request"'?`],
  [
    'createContainer().register(Clock, { value: new Settings() })',
    "Property 'now' is missing in type 'Settings'",
  ],
  ['createContainer().register(Url, { value: 3 })', "Type 'number' is not assignable to type 'string'"],
  [
    'createContainer().register(Url, { inject: [Clock], factory: (clock) => clock.now() })',
    "Type 'number' is not assignable to type 'string",
  ],
  [
    'createContainer().register(Url, { value: maybe })',
    "Type 'string | undefined' is not assignable to type 'string'",
  ],
  [
    'createContainer().register(Url, { factory: maybe && (() => maybe) })',
    "Type 'undefined' is not assignable to type '",
  ],
  [
    'createContainer().register(Clock, { value: undefined })',
    "Type 'undefined' is not assignable to type 'Clock'",
  ],
  ['createContainer().register(Url)', 'the token needs a factory or a value'],
  ["createContainer().register(Url, { scope: 'request' })", 'the token needs a factory or a value'],
  ["createContainer().register('Url', { value: '/' })", "Argument of type 'string' is not assignable"],
  ['createContainer().override(Clock, { value: 3 })', "Type 'number' is not assignable to type 'Clock'"],
  ...[
    'override(Clock, singleton(() => ({ later: 1 })))',
    'override(Url, singleton(() => 3))',
    'register(Clock, clock)',
    'register(Url, singleton(() => 3))',
    'register(Clock, Url)',
    'registerMany(Report, clock)',
  ].map(
    (call) =>
      [
        `createContainer().${call}`,
        'a token is not a registration: register a provider value alone, or use override(token, provider)',
      ] as const,
  ),
  ["UserId.of('seven')", "Argument of type 'string' is not assignable to parameter of type 'number'"],
  [
    "createContainer().plan({ name: '', inject: [], scope: 'request', seeds: [UserId] }).open('seven')",
    "Argument of type 'string' is not assignable to parameter of type 'number'",
  ],
]

test.each(refused)('%s is refused in words', (source, words) => {
  expect(says(declared)).toBe('')
  expect(says(declared + source)).toContain(words)
})

/** Ordinary code that has to compile. */
const accepted: readonly string[] = [
  "createContainer().register(token<'test' | 'prod'>('Mode'), { factory: () => 'test' })",
  "createContainer().register(token<{ level: 'info' | 'debug' }>('L'), { inject: [Settings], factory: (s) => ({ level: s.url ? 'info' : 'debug' }) })",
  "createContainer().register(token<{ kind: 'a'; x: number } | { kind: 'b' }>('U'), { factory: () => (maybe ? { kind: 'a', x: 1 } : { kind: 'b' }) })",
  "createContainer().register(token<{ kind: 'a' } | { kind: 'b' }>('U'), { factory: async () => ({ kind: 'a' }) })",
  "createContainer().register(token<[string, number]>('Pair'), { factory: () => ['a', 1] })",
  "createContainer().register(token<readonly [string, number]>('Pair'), { factory: () => ['a', 1] })",
  "createContainer().register(token<string[]>('List'), { factory: () => ['a', 'b'] })",
  "createContainer().register(token<string | undefined>('Maybe'), { factory: () => undefined })",
  'createContainer().register(Pool, { inject: { s: Settings }, factory: ({ s }) => new Pool({ url: s.url }), dispose: (pool) => pool.end() })',
  'createContainer().override(Pool, { inject: [Settings], factory: (s) => new Pool({ url: s.url }), dispose: false })',
  'createContainer().register(Hidden, { factory: () => Hidden.create() })',
  'singleton({ hidden: Hidden }, ({ hidden }) => hidden.url.length)',
  'createContainer().register(Overloaded, { inject: [Url] })',
  "singleton(Overloaded, [token<{ host: string }>('Options')])",
  'createContainer().register(ByRecord, { inject: { clock: Clock } })',
  "createContainer().register(named(Report, 'daily'), { inject: [Settings, Clock] })",
  "createContainer().register(token<{ now(): number }>('Now'), { construct: Clock })",
  'singleton(Pool); request(Pool); task(Pool); work(Pool); transient(Pool)',
  'request({ unit: work(() => 1) }, ({ unit }) => unit + 1)',
  'task({ unit: work(() => 1) }, ({ unit }) => unit + 1)',
  'singleton({ later: lazy(() => clock) }, ({ later }) => later.value.now())',
  'request({ later: deferred(session) }, async ({ later }) => (await later.resolve()) + 1)',
  'createContainer().decorate(Url, { inject: { clock: Clock }, factory: (url, { clock }) => url + clock.now() })',
  "createContainer().decorate(token<'a' | 'b'>('Letter'), { factory: (letter) => (letter === 'a' ? 'b' : 'a') })",
  "export const annotated: Provider<number, 'request'> = session",
  'export const single: Provider<Clock> = clock',
]

/** More wrong code, about the scopes that the types know. */
const captive: readonly (readonly [code: string, words: string])[] = [
  [
    'createContainer().register(Meter, { inject: [session] })',
    "a singleton cannot depend on the request-scoped provider '0'",
  ],
  [
    "createContainer().plan({ name: '', inject: { session } })",
    "a singleton cannot depend on the request-scoped provider 'session'",
  ],
  [
    "createContainer().plan({ name: '', inject: { job }, scope: 'request' })",
    "a request-scoped provider cannot depend on the task-scoped provider 'job'",
  ],
  [
    'work({ session }, () => 1)',
    "a work-scoped provider cannot depend on the request-scoped provider 'session'",
  ],
  [
    'singleton({ unit: work(() => 1) }, () => 1)',
    "a singleton cannot depend on the work-scoped provider 'unit'",
  ],
  ['export const lost: Provider<number> = session', `Type '"request"' is not assignable to type 'never'`],
  ['singleton(() => 1, { settle: () => {} })', 'a singleton has no outcome: use dispose'],
  ["createContainer().register(token<'a' | 'b'>('Letter'), { factory: () => 'c' })", `"a"`],
  [
    'createContainer().register(Url, { factory: () => true })',
    "Type 'boolean' is not assignable to type 'string",
  ],
  ["createContainer().register(token<{ ok: true }>('Ok'), { factory: () => ({ ok: false }) })", 'ok'],
  [
    "createContainer().register(token<{ send(): void }>('Mailer'), { factory: () => ({}) })",
    "Type '{}' is not assignable to type",
  ],
]

/** The types of tokens, and an expression of each that has its type only in a place that states the expected type. */
const values: Readonly<Record<string, string>> = {
  "'test' | 'prod'": "'test'",
  '1 | 2': '2',
  boolean: 'true',
  true: 'true',
  'string | undefined': 'undefined',
  'string | null': 'null',
  "{ level: 'info' | 'debug' }": "{ level: 'info' }",
  "{ list: { kind: 'x' | 'y' }[] }": "{ list: [{ kind: 'x' }] }",
  "{ kind: 'a'; x: number } | { kind: 'b' }": "{ kind: 'a', x: 1 }",
  '{ ok: true; x: number } | { ok: false }': '{ ok: true, x: 1 }',
  '[string, number]': "['a', 1]",
  'readonly [string, true]': "['a', true]",
  "readonly ('a' | 'b')[]": "['a', 'b']",
  "Map<string, 'a' | 'b'>": "new Map([['key', 'a']])",
  "Record<'a' | 'b', number>": '{ a: 1, b: 2 }',
  "(name: string) => 'x' | 'y'": "(name) => (name ? 'x' : 'y')",
  '{ send(to: string): void }': '{ send(to) { void to.length } }',
  Branded: "'b' as Branded",
  Base: 'new Derived()',
  "Box<'a' | 'b'>": "{ value: 'a' }",
  unknown: '3',
  'Date | RegExp': 'new Date(0)',
}

/** The ways to register a value `E` of the token `T`. */
const registrations: readonly string[] = [
  'register(T, { value: E })',
  'register(T, { factory: () => (E) })',
  'register(T, { factory: async () => (E) })',
  'register(T, { inject: [Settings], factory: (s) => { void s.url; return E } })',
  'register(T, { inject: [Settings], factory: async (s) => { void s.url; return E } })',
  'register(T, { inject: { s: Settings }, factory: ({ s }) => { void s.url; return E } })',
  'register(T, { inject: { s: Settings }, factory: async ({ s }) => { void s.url; return E } })',
  'register(T, { inject: [Settings], factory: (s) => (s.url ? E : E) })',
  "register(T, { scope: 'request', inject: [UserId], factory: (id) => { void id.toFixed(); return E } })",
  "register(T, { scope: 'task', factory: () => (E), settle: (it, { ok }) => void [it, ok] })",
  'register(T, { factory: () => (E), dispose: (it) => void it })',
  "register(T, { qualifier: 'x', factory: () => (E) })",
  'registerMany(T, { factory: () => (E) })',
  'override(T, { factory: () => (E) })',
  'override(T, { factory: async () => (E) })',
  'decorate(T, { factory: (inner) => { void inner; return E } })',
  'decorate(T, { inject: [Settings], factory: (inner, s) => { void [inner, s.url]; return E } })',
]

const declaredValues = `
type Branded = string & { readonly brand: unique symbol }
abstract class Base { abstract go(): void }
class Derived extends Base { go() {} }
interface Box<T> { readonly value: T }
`
const combinations = Object.entries(values).flatMap(([type, value]) =>
  registrations.map((registration) => ({ type, value, registration })),
)

/** TypeScript 5 widens a literal that an asynchronous function returns, whatever is expected of it. */
const isWidened = (compiler: string, { type, registration }: (typeof combinations)[number]): boolean =>
  compiler === 'typescript5' &&
  registration.includes('async') &&
  ["'test' | 'prod'", '1 | 2', 'true'].includes(type)

const compilers = ['typescript5', 'typescript', 'typescript7']

test.each(compilers)('%s accepts ordinary code, and refuses wrong code in the same words', (compiler) => {
  const directory = mkdtempSync(path.join(tmpdir(), 'myfy-types-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const source = fileURLToPath(new URL('../src/index.ts', import.meta.url))
  const write = (name: string, code: string) =>
    writeFileSync(path.join(directory, name), imports.replace('../src/index.ts', source) + declared + code)
  const wrong = [...refused, ...captive]
  for (const [i, code] of accepted.entries()) write(`accepted${i}.ts`, code)
  for (const [i, [code]] of wrong.entries()) write(`refused${i}.ts`, code)
  // One line each of one file: a module costs the compiler more than a call.
  const lines = combinations.map(
    ({ type, value, registration }) =>
      `{ const T = token<${type}>('T'); createContainer().${registration.replace(/\bE\b/g, () => value)} }`,
  )
  write('combinations.ts', [declaredValues, ...lines].join('\n'))
  const compilerOptions = {
    noEmit: true,
    strict: true,
    target: 'es2022',
    lib: ['es2023', 'esnext.disposable'],
    module: 'nodenext',
    types: [],
    allowImportingTsExtensions: true,
    skipLibCheck: true,
  }
  writeFileSync(path.join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
  const manifest = createRequire(import.meta.url).resolve(`${compiler}/package.json`)
  const tsc = path.join(path.dirname(manifest), 'bin/tsc')
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', directory, '--pretty', 'false'], {
    encoding: 'utf8',
  })
  const said = stdout.split(/^(?=\S)/m)
  const saidOf = (name: string) => said.filter((text) => path.basename(text.split('(')[0]!) === name).join('')
  for (const [i, code] of accepted.entries()) expect.soft(saidOf(`accepted${i}.ts`), code).toBe('')
  const before = (imports + declared + declaredValues).split('\n').length
  const refusedLines = [...stdout.matchAll(/^.*combinations\.ts\((\d+),/gm)].map(([, line]) => Number(line))
  const refusedCombinations = [...new Set(refusedLines)].map((line) => combinations[line - before - 1])
  expect.soft(refusedCombinations).toEqual(combinations.filter((one) => isWidened(compiler, one)))
  for (const [i, [code, words]] of wrong.entries())
    expect.soft(saidOf(`refused${i}.ts`), code).toContain(words)
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
