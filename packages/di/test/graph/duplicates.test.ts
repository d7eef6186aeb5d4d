// Things that exist twice: registrations, overrides without a target, files, copies of the package.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createContainer, InvalidProviderError, lazy, singleton, token } from '@myfy/di'
import { build } from 'esbuild'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { problems, thrown } from '../support.ts'

type Package = typeof import('@myfy/di')

/** Writes the package as one file. */
const bundle = (outfile: string) =>
  build({ entryPoints: [`${import.meta.dirname}/../../src/index.ts`], bundle: true, format: 'esm', outfile })

describe('a provider value', () => {
  test('can be registered by two modules, also after the graph was read', () => {
    const db = singleton(() => 1)
    const container = createContainer().register(token<number>('X'), { inject: [db], factory: (db) => db })
    container.graph()
    expect(container.register(db).register(db).build().get(db)).toBe(1)
  })

  test.each([
    ['registered before the build', 'createContainer().register(both).build()'],
    ['requested after the build', 'createContainer().build().get(both)'],
  ])('of a file that is loaded twice is a problem of the graph, %s', async (_, statement) => {
    const directory = mkdtempSync(join(tmpdir(), 'myfy-twice-'))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    const write = (name: string, ...lines: string[]) => writeFileSync(join(directory, name), lines.join('\n'))
    await bundle(join(directory, 'di.mjs'))
    write(
      'db.mjs',
      "import { singleton } from './di.mjs'",
      "export const db = singleton(() => 1, { name: 'db' })",
    )
    write(
      'main.mjs',
      "import { createContainer, singleton } from './di.mjs'",
      "import { db as one } from './db.mjs?1'",
      "import { db as two } from './db.mjs?2'",
      'const both = singleton({ one, two }, () => 1)',
      `try { ${statement} }`,
      "catch (error) { console.log(error.problems.map(({ code, message }) => code + ' ' + message).join()) }",
    )
    const { stdout } = spawnSync(process.execPath, [join(directory, 'main.mjs')], { encoding: 'utf8' })
    expect(stdout).toMatch(
      /^MYFY_DI_LOADED_TWICE Cannot build db: its file is loaded twice, as .*db\.mjs\?1:2:/,
    )
  })

  test('that a function makes several times is not', () => {
    const pool = (url: string) => singleton(() => ({ url }), { name: 'pool' })
    const both = singleton([pool('a'), pool('b')], (a, b) => a.url + b.url)
    expect(createContainer().register(both).build().get(both)).toBe('ab')
  })
})

describe('an override', () => {
  test('of a token that nothing provides and nothing injects is a problem of the graph', () => {
    const container = createContainer()
      .register(token<string>('Mailer'), { value: 'real' })
      .override(token<string>('OldMailer'), { value: 'fake' })
    const [problem] = problems(() => container.build())
    expect(problem).toMatchObject({ code: 'MYFY_DI_UNUSED_OVERRIDE' })
    expect(problem!.message).toContain(
      'Cannot override OldMailer: nothing provides it and nothing injects it.',
    )
  })

  test('that injects its own token is refused, with decorate as the fix', () => {
    const Logger = token<object>('Logger')
    for (const inject of [[Logger], { inner: lazy(Logger) }] as const) {
      const act = () => createContainer().override(Logger, { inject: inject as never, factory: () => ({}) })
      expect(thrown(act).message).toContain('Use decorate(Logger, { factory: (inner) => … }).')
    }
  })
})

describe('a second copy of the package', () => {
  let copy: Package
  beforeAll(async () => {
    const directory = mkdtempSync(join(tmpdir(), 'myfy-copy-'))
    const outfile = join(directory, 'di.mjs')
    await bundle(outfile)
    copy = await import(/* @vite-ignore */ pathToFileURL(outfile).href)
    rmSync(directory, { recursive: true })
  })
  class Service {
    constructor(part: unknown) {
      void part
    }
  }

  const uses: Readonly<Record<string, () => unknown>> = {
    'a token that is injected': () =>
      createContainer()
        .register(Service, { inject: [copy.token('Mailer')] as never })
        .build(),
    'a token that is registered': () =>
      createContainer().register(copy.token('Mailer') as never, { value: 'x' } as never),
    'a provider value that is injected': () =>
      createContainer()
        .build()
        .get(singleton({ db: copy.singleton(() => 1) as never }, ({ db }) => db)),
    'a provider value that is registered': () => createContainer().register(copy.singleton(() => 1) as never),
    'a provider value that overrides': () =>
      createContainer().override(Service, copy.singleton(() => new Service(1)) as never),
    'a marker that is injected': () =>
      createContainer()
        .register(Service, { inject: [copy.optional(Service)] as never })
        .build(),
    'a marker that is requested': () =>
      createContainer()
        .build()
        .get(copy.all(Service) as never),
    'a seed of a scope': () =>
      createContainer()
        .build()
        .createScope('request', [copy.seed('request', 'User').of(1)] as never),
    'a seed of a plan': () =>
      createContainer().plan({
        name: 'GET /',
        inject: [],
        scope: 'request',
        seeds: [copy.seed('request', 'User')] as never,
      }),
  }
  test.each(Object.keys(uses))('is reported for %s', (use) => {
    const error = thrown(uses[use]!) as Error & { problems?: readonly Error[] }
    const [problem] = error.problems ?? [error]
    expect(problem).toBeInstanceOf(InvalidProviderError)
    expect(problem).toMatchObject({ code: 'MYFY_DI_TWO_COPIES' })
    expect(problem!.message).toContain('npm ls @myfy/di')
  })
})
