import { symlinkSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { ModuleRunner } from '../../src/runner/module-runner.ts'
import { createProject, type Project } from '../project.ts'

const nodeModules = fileURLToPath(new URL('../../../../node_modules', import.meta.url))
const withTypeScript = (project: Project) => symlinkSync(nodeModules, project.file('node_modules'))

async function run(files: Record<string, string>, prepare: (project: Project) => void = () => {}) {
  const project = createProject(files)
  prepare(project)
  return {
    project,
    exports: await new ModuleRunner({ conditions: [] }).beginLoad().run(project.file('main.ts')),
  }
}

const syntax = {
  'a method decorator': `
    const log: string[] = []
    function logged(fn: any, context: ClassMethodDecoratorContext) {
      return function (this: any, ...args: any[]) { log.push(String(context.name)); return fn.apply(this, args) }
    }
    class Greeter { @logged hello(name: string) { return 'hello ' + name } }
    export const result = [new Greeter().hello('you'), ...log]`,
  'a class decorator that replaces the class': `
    function sealed(target: any, context: ClassDecoratorContext) { return class extends target { kind = context.kind } as any }
    @sealed class Box { value = 1 }
    export const result = [(new Box() as any).kind, new Box().value]`,
  'an accessor': `
    class Box { accessor value = 'boxed' }
    export const result = [typeof Object.getOwnPropertyDescriptor(Box.prototype, 'value')?.get, new Box().value]`,
}
const results = {
  'a method decorator': ['hello you', 'hello'],
  'a class decorator that replaces the class': ['class', 1],
  'an accessor': ['function', 'boxed'],
}

describe.each(Object.entries(syntax))('%s', (name, source) => {
  test('is lowered by the TypeScript of the project', async () => {
    const { exports } = await run({ 'main.ts': source }, withTypeScript)
    expect(exports).toMatchObject({ result: results[name as keyof typeof results] })
  })

  test('is refused by name, file and line without one', async () => {
    const line = source.split('\n').findIndex((text) => /@|accessor/.test(text)) + 1
    await expect(run({ 'main.ts': source })).rejects.toMatchObject({
      code: 'MYFY_RELOAD_SYNTAX',
      message: expect.stringMatching(
        name === 'an accessor' ? /'accessor'.*Install typescript/ : /standard decorators.*Install typescript/,
      ),
      location: { file: expect.stringContaining('main.ts'), line },
    })
  })
})

describe('a fragment that is null', () => {
  const files = {
    'tsconfig.json': '{ "compilerOptions": { "jsxFactory": "h", "jsxFragmentFactory": "null" } }',
    'view.tsx': `const h = (type: any, ...[, child]: any[]) => [type, child]\nexport const view = <>text</>`,
    'main.ts': `export { view as result } from './view.tsx'`,
  }

  test('is lowered by the TypeScript of the project', async () => {
    const { exports } = await run(files, withTypeScript)
    expect(exports).toMatchObject({ result: [null, 'text'] })
  })

  test('is refused by file and line without one', async () => {
    await expect(run(files)).rejects.toMatchObject({
      code: 'MYFY_RELOAD_SYNTAX',
      message: expect.stringMatching(/jsxFragmentFactory 'null'.*name a component as jsxFragmentFactory/),
      location: { file: expect.stringContaining('view.tsx'), line: 2 },
    })
  })
})

test.each([
  [undefined, 'h main'],
  ['preserve', 'automatic main'],
])('JSX beside a standard decorator has the same runtime as in any other file: %s', async (jsx, result) => {
  const { exports } = await run(
    {
      'tsconfig.json': JSON.stringify({
        compilerOptions: { jsx, jsxFactory: 'h', paths: { 'react/*': ['./react/*'] } },
      }),
      'react/jsx-runtime.ts': `export const jsx = (type: string) => 'automatic ' + type`,
      'main.ts': `export { result } from './view.tsx'`,
      'view.tsx': `const h = (type: any) => 'h ' + type
function same(value: any, _: unknown) { return value }
@same class View { render() { return <main /> } }
export const result = new View().render()`,
    },
    withTypeScript,
  )
  expect(exports).toMatchObject({ result })
})

const namespaces = {
  'a namespace with a variable': [
    `namespace N { export let x = 1; export function add() { x++ } }\nN.add(); export const result = N.x`,
    2,
  ],
  'a namespace with a declaration beside it': [
    `declare namespace N { const a: 1 }\nnamespace N { export const b = 2 }\nexport const result = N.b`,
    2,
  ],
  'a namespace in two blocks': [
    `namespace N { export const x = 1 }\nnamespace N { export const y = x + 1 }\nexport const result = N.y`,
    2,
  ],
} as const

describe.each(Object.entries(namespaces))('%s', (_, [source, result]) => {
  test('is lowered by the TypeScript of the project', async () => {
    const { exports } = await run({ 'main.ts': source }, withTypeScript)
    expect(exports).toMatchObject({ result })
  })
})

test('a namespace with a variable is refused by name, file and line without TypeScript', async () => {
  const source = `type A = 1\nnamespace N { export let x = 1 }\nexport const result = N.x`
  await expect(run({ 'main.ts': source })).rejects.toMatchObject({
    code: 'MYFY_RELOAD_SYNTAX',
    message: expect.stringMatching(/'export let' in a namespace.*Install typescript/),
    location: { line: 2 },
  })
})

test('a namespace whose name also stands in a text needs no TypeScript', async () => {
  const source = `namespace N { export const b = 2 }\nexport const result = [N.b, 'the namespace N {']`
  const { exports } = await run({ 'main.ts': source })
  expect(exports).toMatchObject({ result: [2, 'the namespace N {'] })
})

test('stack frames of a lowered file point to its source', async () => {
  const { exports } = await run(
    {
      'main.ts': `interface Gone {\n  a: 1\n}\nclass Box { accessor value = 1 }\nexport function fail() {\n  return new Error('here')\n}`,
    },
    withTypeScript,
  )
  expect(typeof (exports as { fail: unknown }).fail).toBe('function')
})

describe.each([
  ['without TypeScript', undefined],
  ['beside TypeScript', withTypeScript],
])('in a file with packages of a scope, %s', (_, prepare) => {
  test.each([
    ['a string without an end', `const a = 1\nexport const b = 'short and stout)`, 2],
    ['a duplicate declaration', `const a = 1\nconst b = 2\nconst a = 3`, 3],
    ['an invalid regular expression', `export const a = 1\nexport const b = /(/`, 2],
    ['await in a synchronous function', `export function f() {\n  await 1\n}`, 2],
    ['a private name that is not declared', `export class A {\n  get() {\n    return this.#gone\n  }\n}`, 3],
    ['new.target outside of a function', `export const a = 1\nconsole.log(new.target)`, 2],
  ])('%s is reported with file and line', async (_, source, line) => {
    const main = `import type { A } from '@scope/types'; export const names = ['@scope/a'] // @a accessor\n${source}`
    await expect(run({ 'main.ts': main }, prepare)).rejects.toMatchObject({
      code: 'MYFY_RELOAD_SYNTAX',
      message: expect.not.stringMatching(/decorator|accessor/),
      location: { file: expect.stringContaining('main.ts'), line: line + 1 },
    })
  })
})
