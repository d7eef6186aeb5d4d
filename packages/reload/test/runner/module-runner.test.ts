import { expect, test } from 'vitest'
import { describeProblem } from '../../src/problem.ts'
import { ModuleRunner } from '../../src/runner/module-runner.ts'
import { mapStackTraces } from '../../src/runner/stack-trace.ts'
import { createProject } from '../project.ts'

async function load(files: Record<string, string>, entry = 'main.ts') {
  const project = createProject(files)
  const runner = new ModuleRunner({ conditions: [] })
  const first = runner.beginLoad()
  // biome-ignore lint/suspicious/noExplicitAny: the test knows what it wrote
  const exports = (await first.run(project.file(entry))) as Record<string, any>
  first.commit(project.file(entry))
  return { project, runner, exports, entry: project.file(entry) }
}

test('enums, parameter properties and namespaces run', async () => {
  const { exports } = await load({
    'main.ts': `
      enum Color { Red, Green = 'g' }
      class Point { constructor(readonly x: number, private y = 2) {} sum() { return this.x + this.y } }
      namespace Inner { export const value = 5 }
      export const result = [Color.Red, Color.Green, new Point(1).sum(), Inner.value]`,
  })
  expect(exports.result).toEqual([0, 'g', 3, 5])
})

test('JSX, JSON with and without attributes, CommonJS, top-level await and data URLs run', async () => {
  const { exports } = await load({
    'tsconfig.json': '{ "compilerOptions": { "jsx": "react", "jsxFactory": "h" } }',
    'view.tsx': `const h = (name: string) => name; export const view = <main />`,
    'data.json': '{ "answer": 42 }',
    'old.cjs': `exports.twice = require('./older.cjs').one * 2`,
    'older.cjs': `exports.one = 1`,
    'main.ts': `
      import data from './data.json' with { type: 'json' }
      import { answer } from './data.json'
      import { twice } from './old.cjs'
      import { view } from './view.tsx'
      import d from 'data:text/javascript,export default 7'
      const late = await Promise.resolve(1)
      export const result = [data.answer, answer, twice, view, late, d]`,
  })
  expect(exports.result).toEqual([42, 42, 2, 'main', 1, 7])
})

test('`using` and legacy decorators are lowered for this Node', async () => {
  const { exports } = await load({
    'tsconfig.json':
      '{ "compilerOptions": { "experimentalDecorators": true, "emitDecoratorMetadata": true } }',
    'main.ts': `
      export const log: string[] = []
      function mark(target: any) { target.marked = true }
      @mark class A {}
      { using a = { [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() { log.push('disposed') } } }
      export const marked = (A as any).marked`,
  })
  expect(exports.marked).toBe(true)
  expect(exports.log).toEqual(['disposed'])
})

test('paths of tsconfig, .js that means .ts, missing extensions and directories are found', async () => {
  const { exports } = await load({
    'tsconfig.json': '{ "compilerOptions": { "paths": { "~/*": ["./lib/*"] } } }',
    'lib/a.ts': 'export const a = 1',
    'b.ts': 'export const b = 2',
    'c.ts': 'export const c = 3',
    'd/index.ts': 'export const d = 4',
    'main.ts': `import { a } from '~/a'; import { b } from './b.js'; import { c } from './c'; import { d } from './d'
      export const result = [a, b, c, d]`,
  })
  expect(exports.result).toEqual([1, 2, 3, 4])
})

test('bindings are live, cycles see hoisted functions, and imports are evaluated in source order', async () => {
  const { exports } = await load({
    'order.ts': 'export const order: string[] = []',
    'counter.ts': 'export let n = 0; export function add() { n++ }',
    'a.ts': `import { order } from './order.ts'; import { b } from './b.ts'; order.push('a'); export function a() { return 'a' } export const seen = b`,
    'b.ts': `import { order } from './order.ts'; import { a } from './a.ts'; order.push('b'); export const b = a()`,
    'slow.ts': `import { order } from './order.ts'; await new Promise((r) => setImmediate(r)); order.push('slow')`,
    'stars.ts': `export * from './counter.ts'; export * from './a.ts'; export * as space from './order.ts'`,
    'main.ts': `
      import { order } from './order.ts'
      import './slow.ts'
      import { n, add, seen, space } from './stars.ts'
      order.push('main'); add(); add()
      export { n }
      export const result = { n, seen, order, same: space.order === order }
      export default class Main {}`,
  })
  expect(exports.result).toEqual({ n: 2, seen: 'a', order: ['slow', 'b', 'a', 'main'], same: true })
  expect(exports.n).toBe(2)
  expect(new exports.default().constructor.name).toBe('Main')
})

test('a cycle that awaits at its top level does not lock, even when it is entered from two sides at once', async () => {
  const { exports } = await load({
    'a.ts': `import './b.ts'; await new Promise((r) => setImmediate(r)); export const a = 1`,
    'b.ts': `import './a.ts'; await new Promise((r) => setImmediate(r)); export const b = 2`,
    'main.ts': `export const result = await Promise.all([import('./a.ts'), import('./b.ts')]).then(([x, y]) => [x.a, y.b])`,
  })
  expect(exports.result).toEqual([1, 2])
})

test('modules that import each other through a barrel see each other', async () => {
  const { exports } = await load({
    'index.ts': `export * from './b.ts'; export { a } from './a.ts'; export * from 'node:path'`,
    'a.ts': `import { b, later } from './index.ts'; export const a = b + 1; export const call = () => later()`,
    'b.ts': `import { a } from './index.ts'; export const b = 1; export function later() { return a }`,
    'main.ts': `import { a, later, join } from './index.ts'; export const result = [a, later(), typeof join]`,
  })
  expect(exports.result).toEqual([2, 2, 'function'])
})

test('import.meta has url, filename, dirname and resolve; `this` is undefined', async () => {
  const { exports, project } = await load({
    'main.ts': `export const meta = { ...import.meta, fs: import.meta.resolve('fs'), near: import.meta.resolve('./x.ts'), self: this }`,
    'x.ts': '',
  })
  expect(exports.meta).toMatchObject({
    url: `file://${project.file('main.ts')}`,
    filename: project.file('main.ts'),
    dirname: project.root,
    fs: 'node:fs',
    near: `file://${project.file('x.ts')}`,
    self: undefined,
  })
})

test('a change evaluates only the affected modules, and takes effect by a commit', async () => {
  const { project, runner, exports, entry } = await load({
    'state.ts': 'export const box = { id: Math.random() }',
    'leaf.ts': 'export const leaf = 1',
    'middle.ts': `import { leaf } from './leaf.ts'; export const middle = leaf * 10`,
    'main.ts': `import { box } from './state.ts'; import { middle } from './middle.ts'; export const result = { middle, box }`,
  })
  project.write({ 'leaf.ts': 'export const leaf = 2' })
  const load2 = runner.beginLoad([project.file('leaf.ts')])
  const next = (await load2.run(entry)) as typeof exports
  expect(load2.files.map((file) => file.slice(project.root.length + 1))).toEqual([
    'main.ts',
    'middle.ts',
    'leaf.ts',
  ])
  expect(next.result).toEqual({ middle: 20, box: exports.result.box })
  expect(next.result.box).toBe(exports.result.box)
  // Not committed: the next attempt begins from the first version again.
  const load3 = runner.beginLoad([])
  expect(await load3.run(entry)).toBe(exports)
  load2.commit(entry)
  expect(await runner.beginLoad([]).run(entry)).toBe(next)
})

test('a failed load changes nothing, and files that are no longer imported are dropped', async () => {
  const { project, runner, entry } = await load({
    'old.ts': 'export const value = 1',
    'main.ts': `export { value } from './old.ts'`,
  })
  project.write({ 'main.ts': `throw new Error('no')` })
  await expect(runner.beginLoad([entry]).run(entry)).rejects.toThrow('no')
  Object.assign(runner, { importTimeout: 0 })
  expect(await runner.beginLoad([]).run(entry)).toMatchObject({ value: 1 })
  project.write({ 'main.ts': `export const value = 2` })
  const good = runner.beginLoad([entry])
  await good.run(entry)
  good.commit(entry)
  expect(runner.files).toEqual([entry])
})

test('a change behind an import() of a handler reaches the entry', async () => {
  const { project, runner, exports, entry } = await load({
    'lazy.ts': 'export const lazy = 1',
    'main.ts': `export const call = async () => (await import('./lazy.ts')).lazy`,
  })
  expect(await exports.call()).toBe(1)
  project.write({ 'lazy.ts': 'export const lazy = 2' })
  const load2 = runner.beginLoad([project.file('lazy.ts')])
  const next = (await load2.run(entry)) as typeof exports
  load2.commit(entry)
  expect(await next.call()).toBe(2)
})

test('CommonJS is loaded again when one of its files changes', async () => {
  const { project, runner, exports, entry } = await load({
    'inner.cjs': 'module.exports = 1',
    'outer.cjs': `module.exports = { value: require('./inner.cjs') }`,
    'main.ts': `import outer from './outer.cjs'; export const value = outer.value`,
  })
  expect(exports.value).toBe(1)
  project.write({ 'inner.cjs': 'module.exports = 2' })
  const load2 = runner.beginLoad([project.file('inner.cjs')])
  expect(await load2.run(entry)).toMatchObject({ value: 2 })
})

test('a stack trace points to the line of the source', async () => {
  const { exports, project, runner } = await load({
    'main.ts': `enum A { B }\ninterface Gone {\n  x: number\n}\nexport function fail(): never {\n  throw new Error('here')\n}\nexport { A }`,
  })
  const mapped = mapStackTraces(runner)
  try {
    exports.fail()
  } catch (error) {
    expect((error as Error).stack).toContain(`fail (${project.file('main.ts')}:6:9)`)
  } finally {
    mapped[Symbol.dispose]()
  }
})

test.each([
  ['a syntax error', { 'main.ts': `const x: string = 'ä'\nexport const y = {{\n` }, 2, 'Unexpected token'],
  [
    'an import that leads nowhere',
    { 'main.ts': `const a = 1\nimport { b } from './nowhere.ts'\nb()` },
    2,
    'Cannot find',
  ],
  ['a package that is not installed', { 'main.ts': `import b from 'not-installed'; b()` }, 1, 'Install it'],
  [
    'a missing export',
    { 'main.ts': `\n\nimport { b } from './b.ts'\nb()`, 'b.ts': 'export const c = 1' },
    3,
    "Cannot import 'b'",
  ],
  ['broken JSON', { 'main.ts': `import './b.json'`, 'b.json': '{\n "a": 1,\n}' }, 3, 'JSON'],
  ['an error while it is evaluated', { 'main.ts': `type X = 1\nconst n: any = null\nn.foo()` }, 3, 'null'],
])('%s is a problem with file, line and code frame', async (_, files, line, message) => {
  const project = createProject(files as unknown as Record<string, string>)
  const runner = new ModuleRunner({ conditions: [] })
  using _mapped = mapStackTraces(runner)
  const error = await runner
    .beginLoad()
    .run(project.file('main.ts'))
    .catch((thrown) => thrown)
  const problem = describeProblem(error, 'import', (file) => runner.compiled(file)?.source)
  expect(problem.message).toContain(message)
  expect(problem.location?.line).toBe(line)
  expect(problem.frame).toMatch(new RegExp(`^> ${line} \\|`, 'm'))
})

test('an endless loop at import is ended when a part is replaced', async () => {
  const { project, runner, entry } = await load({
    'main.ts': `import fs from 'node:fs'; export const value = fs ? 1 : 0`,
  })
  project.write({ 'main.ts': 'for (;;) {}' })
  Object.assign(runner, { importTimeout: 100 })
  await expect(runner.beginLoad([entry]).run(entry)).rejects.toMatchObject({ code: 'MYFY_RELOAD_ENDLESS' })
  Object.assign(runner, { importTimeout: 0 })
  expect(await runner.beginLoad([]).run(entry)).toMatchObject({ value: 1 })
})

test('a change reaches the instances that an import with a query has made', async () => {
  const { project, runner, exports, entry } = await load({
    'a.ts': 'export const a = 1',
    'main.ts': `import { a } from './a.ts?x'; export const value = a; export const call = async () => (await import('./a.ts?y')).a`,
  })
  expect([exports.value, await exports.call()]).toEqual([1, 1])
  expect(runner.files).toEqual([entry, project.file('a.ts')])
  project.write({ 'a.ts': 'export const a = 2' })
  const load2 = runner.beginLoad([project.file('a.ts')])
  const next = (await load2.run(entry)) as typeof exports
  load2.commit(entry)
  expect([next.value, await next.call()]).toEqual([2, 2])
})
