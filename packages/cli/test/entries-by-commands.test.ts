// The kinds of source that an application is written in × the commands that load it, and its own tests.

import { readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { launch, myfy, project, type Result, start, write } from './project.ts'

/** The configuration of Vitest that the documentation gives for standard decorators. */
const [, vitestConfig] = /^```ts vitest\.config\.ts\n([\s\S]*?)^```/m.exec(
  readFileSync(new URL('../../../docs/reload.md', import.meta.url), 'utf8'),
)!
const workspace = fileURLToPath(new URL('../../../node_modules', import.meta.url))

/** An application, written with imports, whose route /answer answers what the kind of source is tried by. */
const imports = `import { Application } from '@myfy/core'
import { defineRoutes, WebModule } from '@myfy/web'`
const requires = `const { Application } = require('@myfy/core')
const { defineRoutes, WebModule } = require('@myfy/web')`
const made = `const routes = defineRoutes('', (route) => void route.get('/answer', () => ({ answer })))
const app = new Application().addModule(new WebModule({ routes: [routes], host: '127.0.0.1', port: 0 }))`

const esm = (answer: string) => `${imports}\n${answer}\n${made}\nexport { app }\n`
const commonJs = (answer: string) => `${requires}\n${answer}\n${made}\nexports.app = app\n`
const packageOf = (type?: string) => ({
  'package.json': JSON.stringify({ name: 'x', ...(type && { type }) }),
})
const tsconfig = (compilerOptions: object, more: object = {}) => JSON.stringify({ compilerOptions, ...more })

/** An enum, a parameter property and a type: what Node's stripping of types does not do. */
const typed = `enum Answer { Yes = 'yes' }
class Holder { constructor(readonly held: string) {} }
const answer: string = new Holder(Answer.Yes).held`
const legacyDecorator = `const mark = (value: string) => (target: any) => { target.value = value }
@mark('yes') class Marked { static value: string }
const answer: string = Marked.value`
const standardDecorator = `const twice = (value: () => string, _: ClassMethodDecoratorContext) => () => value() + value()
class Marked { accessor part = 'y'; @twice say() { return 'yes' } }
const answer: string = new Marked().part === 'y' ? new Marked().say().slice(3) : 'no'`
const jsxRuntime = {
  'node_modules/ui/package.json':
    '{ "name": "ui", "type": "module", "exports": { "./jsx-runtime": "./runtime.js", "./jsx-dev-runtime": "./runtime.js" } }',
  'node_modules/ui/runtime.js':
    'export const jsx = (type) => type; export const jsxs = jsx; export const jsxDEV = jsx; export const Fragment = "fragment"',
}

interface Kind {
  readonly name: string
  readonly entry: string
  readonly files: Readonly<Record<string, string>>
  /** Set if Vitest has no transformation for it: the tests of such an application are run by Node. */
  readonly testedBy?: 'node' | 'tsx'
  /** The environment of its tests. */
  readonly testEnv?: Readonly<Record<string, string>>
  /** Set if its tests require it: they cannot import it, for a reason that lies in Node. */
  readonly testRequires?: boolean
}

const kinds: Kind[] = [
  {
    name: 'JavaScript modules',
    entry: 'app.js',
    files: { ...packageOf('module'), 'app.js': esm(`const answer = 'yes'`) },
  },
  {
    name: '.mjs',
    entry: 'app.mjs',
    files: {
      ...packageOf(),
      'app.mjs': esm(`import { answer } from './answer.js'`),
      'answer.js': `export const answer = 'yes'`,
    },
  },
  {
    name: 'CommonJS by its package',
    entry: 'app.js',
    files: {
      ...packageOf('commonjs'),
      'app.js': commonJs(`const { answer } = require('./answer')`),
      'answer.js': `exports.answer = 'yes'`,
    },
    testedBy: 'node',
  },
  {
    name: '.cjs',
    entry: 'app.cjs',
    files: {
      ...packageOf('module'),
      'app.cjs': commonJs(`const { answer } = require('./answer.cjs')`),
      'answer.cjs': `module.exports = { answer: 'yes' }`,
    },
    testedBy: 'node',
  },
  {
    name: 'JavaScript of both kinds in a package without type',
    entry: 'app.js',
    files: {
      ...packageOf(),
      'app.js': esm(`import { answer } from './answer.js'`),
      'answer.js': `exports.answer = 'yes'`,
    },
    testedBy: 'node',
  },
  {
    name: 'TypeScript modules',
    entry: 'src/app.ts',
    files: { ...packageOf('module'), 'src/app.ts': esm(typed) },
  },
  {
    name: 'TypeScript modules in a package without type',
    entry: 'src/app.ts',
    files: { ...packageOf(), 'src/app.ts': esm(typed) },
  },
  {
    name: 'TypeScript modules in a package of CommonJS',
    entry: 'src/app.ts',
    files: {
      ...packageOf('commonjs'),
      'tsconfig.json': tsconfig({ module: 'commonjs', target: 'es2020' }),
      'src/app.ts': esm(`import { answer } from './answer'`),
      'src/answer.ts': `export const answer: string = 'yes'`,
    },
  },
  {
    name: '.mts and .cts',
    entry: 'app.mts',
    files: {
      ...packageOf(),
      'app.mts': esm(`import old from './old.cjs'\nconst answer: string = old.answer`),
      'old.cts': `import path = require('node:path')\nconst answer: string = path.basename('/yes')\nexport = { answer }`,
    },
    testedBy: 'tsx',
  },
  {
    name: 'TypeScript with require and export =',
    entry: 'app.cts',
    files: {
      ...packageOf('module'),
      'app.cts': `import core = require('@myfy/core')\nimport web = require('@myfy/web')\nconst { Application } = core\nconst { defineRoutes, WebModule } = web\n${typed}\n${made}\nexport = { app }\n`,
    },
    testedBy: 'tsx',
    // Node 20 cannot link a package of several modules that is required by CommonJS which an import has loaded through
    // hooks, as those of tsx: `request for './b.js' is not in cache`. Every package of two modules meets it.
    testRequires: true,
  },
  {
    name: 'a solution-style tsconfig with paths and legacy decorators',
    entry: 'src/app.ts',
    files: {
      ...packageOf('module'),
      'tsconfig.json': JSON.stringify({ files: [], references: [{ path: './tsconfig.app.json' }] }),
      'tsconfig.app.json': tsconfig(
        { composite: true, experimentalDecorators: true, paths: { '~/*': ['./src/*'] } },
        { include: ['src'] },
      ),
      'src/app.ts': esm(`import { answer } from '~/answer'`),
      'src/answer.ts': `${legacyDecorator}\nexport { answer }`,
    },
    testedBy: 'tsx',
    // tsx follows no references: it reads the nearest tsconfig.json alone, or the file that this names.
    testEnv: { TSX_TSCONFIG_PATH: 'tsconfig.app.json' },
  },
  {
    name: 'legacy decorators',
    entry: 'src/app.ts',
    files: {
      ...packageOf('module'),
      'tsconfig.json': tsconfig({ experimentalDecorators: true }),
      'src/app.ts': esm(legacyDecorator),
    },
  },
  {
    name: 'standard decorators and accessor',
    entry: 'src/app.ts',
    files: {
      ...packageOf('module'),
      'tsconfig.json': tsconfig({ target: 'es2022' }),
      'src/app.ts': esm(standardDecorator),
      'vitest.config.ts': vitestConfig!,
    },
  },
  {
    name: 'JSX with a runtime',
    entry: 'src/app.tsx',
    files: {
      ...packageOf('module'),
      ...jsxRuntime,
      'tsconfig.json': tsconfig({ jsx: 'react-jsx', jsxImportSource: 'ui' }),
      'src/app.tsx': esm(`const answer: string = <yes /> as never`),
    },
  },
  {
    name: 'JSX with a factory',
    entry: 'src/app.tsx',
    files: {
      ...packageOf('module'),
      'tsconfig.json': tsconfig({ jsx: 'react', jsxFactory: 'h' }),
      'src/app.tsx': esm(`const h = (type: string) => type\nconst answer: string = <yes /> as never`),
    },
  },
  {
    name: 'JSX in JavaScript',
    entry: 'app.jsx',
    files: {
      ...packageOf('module'),
      ...jsxRuntime,
      'tsconfig.json': tsconfig({ jsx: 'react-jsx', jsxImportSource: 'ui', allowJs: true }),
      'app.jsx': esm(`const answer = <yes />`),
    },
    testedBy: 'tsx',
  },
]

/** Runs a server, asks it, and stops it. */
async function serves(words: readonly string[], cwd: string): Promise<void> {
  const running = start(words, { cwd, env: { LOG_FORMAT: 'text' } })
  const [url] = await running.until(/http:\/\/127\.0\.0\.1:\d+/)
  expect(await (await fetch(`${url}/answer`)).json()).toEqual({ answer: 'yes' })
  running.kill('SIGINT')
  expect(await running.ended).toMatchObject({ code: 0 })
}

function succeeded({ code, output }: Result): void {
  expect(code, output).toBe(0)
  expect(output).not.toContain('node:internal')
}

/** What loads the application. */
const commands: Array<[name: string, load: (kind: Kind, cwd: string) => Promise<void>]> = [
  ['run', ({ entry }, cwd) => serves(['run', entry], cwd)],
  ['run --no-reload', ({ entry }, cwd) => serves(['run', '--no-reload', entry], cwd)],
  ['start', ({ entry }, cwd) => serves(['start', entry], cwd)],
  ['start --workers 1', ({ entry }, cwd) => serves(['start', entry, '--workers', '1'], cwd)],
  [
    'routes',
    async ({ entry }, cwd) => {
      const result = await myfy(['routes', '--app', entry, '--json'], { cwd })
      succeeded(result)
      expect(result.stdout).toContain('/answer')
    },
  ],
  [
    'doctor',
    async ({ entry }, cwd) => {
      const result = await myfy(['doctor', '--app', entry, '--json'], { cwd })
      succeeded(result)
      expect(JSON.parse(result.stdout)).toMatchObject({ ok: true })
    },
  ],
  ['test', tests],
]

/** The statements for pairs of what is loaded and from where. A required package and an imported one are two copies. */
const importing = ([tools, from, app, entry]: string[]) =>
  `import ${tools} from '${from}'\nimport ${app} from '${entry}'`
const requiring = ([tools, from, , entry]: string[]) =>
  `import { createRequire } from 'node:module'
const require = createRequire(import.meta.url)
const ${tools} = require('${from}')
const loaded = require('${entry}')`

/** Runs a test of the application by Vitest, or by Node. */
async function tests({ entry, testedBy, testEnv, testRequires }: Kind, cwd: string): Promise<void> {
  const names = ['{ createTestClient }', '@myfy/web/testing', '* as loaded', `./${entry}`]
  const source = `import { test } from '${testedBy ? 'node:test' : 'vitest'}'
import assert from 'node:assert/strict'
${testRequires ? requiring(names) : importing(names)}
test('it answers', async () => {
  const client = await createTestClient(loaded.app ?? loaded.default.app)
  assert.deepEqual(await (await client.get('/answer')).json(), { answer: 'yes' })
  await client.close()
})`
  write(cwd, { 'app.test.mjs': source })
  const words = {
    vitest: ['node_modules/vitest/vitest.mjs', 'run', '--root', '.'],
    node: ['--test', 'app.test.mjs'],
    tsx: ['--import', 'tsx', '--test', 'app.test.mjs'],
  }
  const { code, output } = await launch(process.execPath, words[testedBy ?? 'vitest'], {
    cwd,
    ...(testEnv && { env: testEnv }),
  }).ended
  expect(code, output).toBe(0)
}

/** Each cell is a process or more: without MYFY_HEAVY each kind meets two commands, and each command every sort of kind. */
const isTried = (row: number, column: number) =>
  process.env.MYFY_HEAVY !== undefined || [0, 3].includes((row + column) % commands.length)

describe.each(kinds.map((kind, row) => [kind.name, kind, row] as const))('%s', (_kind, kind, row) => {
  test.each(commands.filter((_, column) => isTried(row, column)))('by %s', async (_, load) => {
    const cwd = project(kind.files)
    for (const name of ['typescript', 'vitest', 'tsx'])
      symlinkSync(join(workspace, name), join(cwd, 'node_modules', name))
    await load(kind, cwd)
  })
})
