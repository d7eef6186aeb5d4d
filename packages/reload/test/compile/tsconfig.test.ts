import { execFileSync } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { ModuleRunner } from '../../src/runner/module-runner.ts'
import { createProject } from '../project.ts'
import { loadModules } from '../runner/load-modules.ts'

const nodeModules = fileURLToPath(new URL('../../../../node_modules', import.meta.url))

const fields = `
class Helper { name = 'helper' }
class Service { copy = this.helper?.name ?? 'undefined'; constructor(readonly helper: Helper) {} }
class Model { constructor(values: Record<string, unknown>) { Object.assign(this, values) } }
class User extends Model { id!: number; email?: string }
export const result = [new Service(new Helper()).copy, String(new User({ id: 7 }).id)]
`

/** Runs `main.ts` as the TypeScript compiler compiles it. */
function byCompiler(files: Record<string, string>): unknown {
  const project = createProject({ ...files, 'probe.mts': '' })
  symlinkSync(nodeModules, project.file('node_modules'))
  const tsc = path.join(nodeModules, 'typescript/bin/tsc')
  const run = (...args: string[]) =>
    execFileSync(process.execPath, args, { cwd: project.root, encoding: 'utf8' })
  try {
    run(tsc, '-p', 'tsconfig.json', '--outDir', 'out', '--ignoreDeprecations', '6.0', '--skipLibCheck')
  } catch {
    // It emits despite type errors.
  }
  const print = `import(${JSON.stringify(project.file('out/main.js'))}).then((m) => console.log(JSON.stringify(m.result)))`
  return JSON.parse(run('-e', print))
}

describe('class fields', () => {
  test.each([
    ['es2020', undefined],
    ['es2021', undefined],
    ['es2022', undefined],
    ['esnext', undefined],
    ['es2020', true],
    ['es2022', false],
    ['ES6', undefined],
  ])('with target %s and useDefineForClassFields %s are those of TypeScript', async (target, define) => {
    const compilerOptions = {
      target,
      module: 'esnext',
      moduleResolution: 'bundler',
      types: [],
      ...(define !== undefined && { useDefineForClassFields: define }),
    }
    const files = {
      'tsconfig.json': JSON.stringify({ compilerOptions, files: ['main.ts'] }),
      'main.ts': fields,
    }
    const { exports } = await loadModules(files)
    expect(exports.result).toEqual(byCompiler(files))
  })

  test('inherit the target of a base file, which is watched', async () => {
    const { exports, runner, project } = await loadModules({
      'base.json': '{ "compilerOptions": { "target": "es2020" } }',
      'tsconfig.json': '{ "extends": "./base.json" }',
      'main.ts': fields,
    })
    expect(exports.result).toEqual(['helper', '7'])
    expect(runner.configs).toContain(project.file('base.json'))
  })
})

test.each([
  ['without a target', {}],
  ['with fields that are defined', { target: 'es2022' }],
  ['with fields that are assigned', { target: 'es2020' }],
  ['with old fields that are defined', { target: 'es2020', useDefineForClassFields: true }],
])('legacy decorators of every kind of member are called, %s', async (_, options) => {
  const { exports } = await loadModules({
    'tsconfig.json': JSON.stringify({ compilerOptions: { ...options, experimentalDecorators: true } }),
    'main.ts': `const log: string[] = []
const d = (name: string): any => (_: object, key?: string, index?: number) => { log.push([name, key, typeof index].join(' ')) }
@d('class') class A {
  @d('property') x = 1
  @d('declared') y!: number
  @d('static') static z = 2
  @d('method') m(@d('parameter') p: number) { return p }
  @d('accessor') get g() { return 1 }
  constructor(@d('constructor') private readonly q: number, public r = 3) {}
}
export const result = await Promise.resolve([...log.sort(), new A(4).r, A.z])`,
  })
  expect(exports.result).toEqual([
    'accessor g object',
    'class  undefined',
    'constructor  number',
    'declared y undefined',
    'method m object',
    'parameter m number',
    'property x undefined',
    'static z undefined',
    3,
    2,
  ])
})

const solutionFiles = {
  'lib/a.ts': `export const a = 'path'`,
  'deco.ts': `function mark(target: any) { target.marked = true }\n@mark export class A {}\nexport const marked = (A as any).marked`,
  'view.tsx': `const h = (name: string) => name\nexport const view = <main />`,
  'main.ts': `import { a } from '~/a'\nimport { marked } from './deco.ts'\nimport { view } from './view.tsx'\nexport const result = [a, marked, view]`,
}
const appConfig = JSON.stringify({
  compilerOptions: {
    composite: true,
    experimentalDecorators: true,
    paths: { '~/*': ['./lib/*'] },
    jsx: 'react',
    jsxFactory: 'h',
  },
  include: ['**/*.ts', '**/*.tsx'],
})
const testConfig = JSON.stringify({
  compilerOptions: { composite: true, jsx: 'react-jsx' },
  include: ['test/**'],
})

describe('a solution-style tsconfig', () => {
  test.each([
    ['a file', './tsconfig.app.json'],
    ['a folder', './project'],
  ])('leaves the options to the project that it references as %s', async (_, reference) => {
    const config: Record<string, string> = reference.endsWith('.json')
      ? { 'tsconfig.app.json': appConfig }
      : {
          'project/tsconfig.json': appConfig
            .replace('./lib/*', '../lib/*')
            .replace('"**/*.ts","**/*.tsx"', '"../**/*.ts","../**/*.tsx"'),
        }
    const { exports, runner, project } = await loadModules({
      'tsconfig.json': JSON.stringify({
        files: [],
        references: [{ path: './tsconfig.test.json' }, { path: reference }, { path: './missing.json' }],
      }),
      'tsconfig.test.json': testConfig,
      ...config,
      ...solutionFiles,
    })
    expect(exports.result).toEqual(['path', true, 'main'])
    expect(runner.configs).toContain(project.file(Object.keys(config)[0]!))
  })
})

test('one tsconfig file can be named for all sources', async () => {
  const project = createProject({
    'tsconfig.json': '{}',
    'tsconfig.dev.json': appConfig,
    ...solutionFiles,
  })
  const runner = new ModuleRunner({ conditions: [], tsconfig: project.file('tsconfig.dev.json') })
  const exports = await runner.beginLoad().run(project.file('main.ts'))
  expect((exports as { result: unknown }).result).toEqual(['path', true, 'main'])
})

describe('JSX', () => {
  const runtime = `export const jsx = (type: string) => 'jsx ' + type; export const jsxs = jsx; export const jsxDEV = (type: string) => 'dev ' + type; export const Fragment = 'fragment'`
  test.each([
    ['classic', { jsx: 'react', jsxFactory: 'h', jsxFragmentFactory: 'F' }, ['main', 'fragment']],
    ['classic by its factory alone', { jsxFactory: 'h', jsxFragmentFactory: 'F' }, ['main', 'fragment']],
    [
      'automatic if another compiler is to compile it',
      { jsx: 'preserve', jsxImportSource: 'ui' },
      ['jsx main', 'jsx fragment'],
    ],
    ['automatic', { jsx: 'react-jsx', jsxImportSource: 'ui' }, ['jsx main', 'jsx fragment']],
    [
      'automatic for development',
      { jsx: 'react-jsxdev', jsxImportSource: 'ui' },
      ['dev main', 'dev fragment'],
    ],
  ])('is compiled as %s', async (_, compilerOptions, result) => {
    const { exports } = await loadModules({
      'tsconfig.json': JSON.stringify({
        compilerOptions: { ...compilerOptions, paths: { 'ui/*': ['./ui/*'] } },
      }),
      'ui/jsx-runtime.ts': runtime,
      'ui/jsx-dev-runtime.ts': runtime,
      'view.tsx': `const h = (type: any) => type\nconst F = 'fragment'\nexport const view = [<main />, <></>]`,
      'main.ts': `import { view } from './view.tsx'\nexport const result = view`,
    })
    expect(exports.result).toEqual(result)
  })
})

test.each([
  ['is not JSON', '{ bad', 'tsconfig'],
  ['extends a missing file', '{ "extends": "./none.json" }', 'none.json'],
])('a tsconfig file that %s is named', async (_, text, named) => {
  await expect(
    loadModules({ 'tsconfig.json': text, 'main.ts': `import './a.ts'`, 'a.ts': '' }),
  ).rejects.toMatchObject({
    code: 'MYFY_RELOAD_TSCONFIG',
    message: expect.stringContaining(named),
  })
})

describe('a broken tsconfig file is reported, and watched, although the sources of its folder import nothing:', () => {
  const broken = [
    ['a missing brace', '{ "compilerOptions": '],
    ['a bare word', '{ "compilerOptions": { "target": es2022 } }'],
    ['no JSON', 'compilerOptions'],
    ['text behind the end', '{ "compilerOptions": {} } }'],
  ] as const
  const places = [
    ['the root', 'tsconfig.json', 'main.ts'],
    ['a nested folder', 'sub/tsconfig.json', 'sub/b.ts'],
  ] as const
  const cases = places.flatMap(([place, config, file]) =>
    broken.map(([name, content]) => [name, place, config, content, file] as const),
  )

  test.each(cases)('%s in %s', async (_name, _place, config, content, file) => {
    const project = createProject({ 'main.ts': `export {}`, [config]: content })
    if (file !== 'main.ts')
      project.write({ 'main.ts': `import './sub/b.ts'`, [file]: 'export const b: number = 1' })
    const runner = new ModuleRunner({ conditions: [] })
    await expect(runner.beginLoad().run(project.file('main.ts'))).rejects.toMatchObject({
      code: 'MYFY_RELOAD_TSCONFIG',
      message: expect.stringContaining(project.file(config)),
    })
    expect(runner.configs).toContain(project.file(config))
    project.write({ [config]: '{ "compilerOptions": {}, } // comments and trailing commas are allowed' })
    runner.transformer.tsconfig.clear()
    runner.forgetPaths()
    await runner.beginLoad([project.file(file)]).run(project.file('main.ts'))
  })
})
