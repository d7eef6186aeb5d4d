// What the test lists of esbuild and tsx have beyond the features of other tests. The values are those that tsx 4.23 prints.

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { createProject } from '../project.ts'
import { loadModules } from './load-modules.ts'

const built = new URL('../../dist/index.js', import.meta.url).href
const element = 'const React = { createElement: (...all: unknown[]) => all, Fragment: "F" }\n'
const module = '{ "type": "module" }'

const features: Array<[name: string, files: Record<string, string>, expected: unknown, entry?: string]> = [
  [
    'the name of an anonymous default export',
    {
      'a.ts': `export default function () {}`,
      'b.ts': `export default class {}`,
      'c.ts': `export default () => 1`,
      'd.ts': `await null; export default async () => {}`,
      'e.ts': `export default class Named {}`,
      'main.ts': `import a from './a.ts'; import b from './b.ts'; import c from './c.ts'; import d from './d.ts'
import e from './e.ts'
export const value = [a.name, b.name, c.name, d.name, e.name]`,
    },
    ['default', 'default', 'default', 'default', 'Named'],
  ],
  [
    'JSON with a byte order mark',
    { 'a.json': '\uFEFF{ "a": 1 }', 'main.ts': `import a from './a.json'; export const value = a` },
    { a: 1 },
  ],
  [
    'the fragment of a path',
    { 'a.ts': `export const a = 1`, 'main.ts': `import { a } from './a.ts#x'; export const value = a` },
    1,
  ],
  [
    'JSX without an option, with namespaces and entities',
    {
      'main.tsx': `${element}export const value = [<a:b c-d="1" />, <><i key="k">&nbsp;{...[2]}</i></>]`,
    },
    [
      ['a:b', { 'c-d': '1' }],
      ['F', null, ['i', { key: 'k' }, '\u00a0', 2]],
    ],
    'main.tsx',
  ],
  [
    'the pragmas of JSX',
    {
      'main.tsx': `/** @jsx h */\n/** @jsxFrag Fr */\nconst h = (...all: unknown[]) => all, Fr = 'Fr'\nexport const value = [<a>1</a>, <>2</>]`,
    },
    [
      ['a', null, '1'],
      ['Fr', null, '2'],
    ],
    'main.tsx',
  ],
  [
    '.js in TypeScript, where a .ts file is beside it',
    {
      'a.ts': `export const a = 'ts'`,
      'a.js': `export const a = 'js'`,
      'main.ts': `import { a } from './a.js'; export const value = a`,
    },
    'ts',
  ],
  [
    '.js in JavaScript, where a .ts file is beside it',
    {
      'a.ts': `export const a = 'ts'`,
      'a.js': `export const a = 'js'`,
      'b.js': `export { a as value } from './a.js'`,
      'main.ts': `export { value } from './b.js'`,
    },
    'js',
  ],
  [
    'the same import in JavaScript and TypeScript of one folder',
    {
      'a.ts': `export const a = 'ts'`,
      'a.js': `export const a = 'js'`,
      'b.js': `export { a } from './a.js'`,
      'main.ts': `import { a } from './a.js'; import { a as b } from './b.js'; export const value = [a, b]`,
    },
    ['ts', 'js'],
  ],
  [
    'import.meta and import() with comments and line breaks between their tokens',
    {
      'a.ts': `export default 1`,
      'main.ts': `export const value = [typeof import/* c */.meta/* d */.url, typeof import\n  .meta\n  .resolve, (await import/* c */(\n'./a.ts')).default]`,
    },
    ['string', 'function', 1],
  ],
  [
    'a separate instance for each query and fragment',
    {
      'a.ts': `export const box = {}; export const url = import.meta.url.replace(/.*\\//, '')`,
      'main.ts': `import * as plain from './a.ts'; import * as one from './a?x=1'; import * as again from './a.js?x=1'
import * as two from './a?x=2#y z'
const three = await import('./a?x=1'), four = await import('./a?x=2#y%20z')
export const value = [one.box === again.box, one.box === three.box, two.box === four.box, new Set([plain.box, one.box, two.box]).size, plain.url, one.url, two.url]`,
    },
    [true, true, true, 3, 'a.ts', 'a.ts?x=1', 'a.ts?x=2#y%20z'],
  ],
  [
    'a file that was written since, by a query',
    {
      'a.ts': `export const a = 1`,
      'main.ts': `import { a } from './a.ts'; import { writeFileSync } from 'node:fs'
writeFileSync(new URL('./a.ts', import.meta.url), 'export const a = 2')
export const value = [a, (await import('./a.ts?new')).a]`,
    },
    [1, 2],
  ],
  [
    'a path with encoded characters, and the same characters in a require',
    {
      'a b#.ts': `export const a = 'space'`,
      'c#1.cjs': `exports.c = 'hash'`,
      'd.cjs': `module.exports = require('./c#1.cjs')`,
      'e%.ts': `export const e = 'percent'`,
      'main.ts': `import { a } from './a%20b%23.ts'; import { c } from './d.cjs'; import { e } from './e%.ts'
export const value = [a, c, e]`,
    },
    ['space', 'hash', 'percent'],
  ],
  [
    'a name that two modules export is left out of export *, one that has the same origin is not',
    {
      'a.ts': `export const both = 1; export const a = 1; export { shared as renamed, shared } from './c.ts'`,
      'b.ts': `export const both = 2; export const b = 1; import { shared } from './c.ts'; export { shared, shared as renamed }`,
      'c.ts': `export const shared = 1; export { basename } from 'node:path'`,
      'd.ts': `export { basename } from 'node:path'; export * from './c.ts'`,
      'barrel.ts': `export * from './a.ts'; export * from './b.ts'; export * from './c.ts'; export * from './d.ts'`,
      'main.ts': `import * as all from './outer.ts'; export const value = Object.keys(all).sort()`,
      'outer.ts': `export * from './barrel.ts'`,
    },
    ['a', 'b', 'basename', 'renamed', 'shared'],
  ],
  [
    'the own export of a module, which two modules of export * have as well',
    {
      'a.ts': `export const x = 1`,
      'b.ts': `export const x = 2`,
      'barrel.ts': `export * from './a.ts'; export * from './b.ts'; export const x = 3`,
      'main.ts': `import { x } from './barrel.ts'; export const value = x`,
    },
    3,
  ],
  [
    'export * in a circle',
    {
      'a.ts': `export * from './b.ts'; export const a = 1`,
      'b.ts': `export * from './a.ts'; export * from './c.ts'; export const b = 2`,
      'c.ts': `export * from './a.ts'; export const c = 3`,
      'main.ts': `import * as all from './a.ts'; export const value = { ...all }`,
    },
    { a: 1, b: 2, c: 3 },
  ],
  [
    'import = require() and export = anywhere in a line',
    {
      'tsconfig.json': '{}',
      'a.ts': `const a = 1; export /* c */ = { a }`,
      'main.ts': `const one = 1; import path = require('node:path'); import /* c */ a // d
  = require('./a.ts')
export const value = [one, path.posix.sep, a.a]`,
    },
    [1, '/', 1],
  ],
  [
    'JSON of a package, with an attribute and without one',
    {
      'node_modules/pk/package.json': '{ "version": "1.2.3" }',
      'main.ts': `import a from 'pk/package.json' with { type: 'json' }; import b from 'pk/package.json'
const { default: c } = await import('pk/package.json', { with: { type: 'json' } })
export const value = [a.version, b.version, c.version]`,
    },
    ['1.2.3', '1.2.3', '1.2.3'],
  ],
  [
    'a package with its sources beside what they were compiled to',
    {
      'node_modules/pk/package.json': '{ "main": "./index.js" }',
      'node_modules/pk/index.js': `exports.a = 'js'`,
      'node_modules/pk/index.ts': `export const a: string = 'ts'`,
      'node_modules/pk/sub.js': `exports.b = 'js'`,
      'node_modules/pk/sub.ts': `export const b: string = 'ts'`,
      'main.ts': `import { a } from 'pk'; import { b } from 'pk/sub'; export const value = [a, b]`,
    },
    ['js', 'js'],
  ],
  [
    'the order of the names in a namespace',
    {
      'a.ts': `export const d = 1, b = 1; export default 1; export function a() {}; export * from './b.ts'`,
      'b.ts': `export const c = 1; export const B = 1`,
      'main.ts': `import * as all from './a.ts'; import * as json from './j.json'; export const value = [Object.keys(all), Object.keys(json)]`,
      'j.json': '{ "z": 1, "a": 2 }',
    },
    [
      ['B', 'a', 'b', 'c', 'd', 'default'],
      ['a', 'default', 'z'],
    ],
  ],
  [
    'a loop that awaits, in a module without imports and exports',
    {
      'a.ts': `globalThis.looped = []; for await (const x of [Promise.resolve(1)]) globalThis.looped.push(x)`,
      'main.ts': `import './a.ts'; export const value = globalThis.looped`,
    },
    [1],
  ],
  [
    'a default import beside a namespace',
    {
      'a.ts': `export default 1; export const b = 2`,
      'c.json': '{ "d": 3 }',
      'main.ts': `import a, * as all from './a.ts'; import c, * as json from './c.json' with { type: 'json' }
/* c */ import d, * as rest from './a.ts'
const text = \`
import x, * as all from "./a.ts";
\`
export const value = [a, all.b, c.d, json.default.d, d, rest.b, text.length]`,
    },
    [1, 2, 3, 3, 1, 2, 35],
  ],
  [
    'an anonymous default function in a cycle',
    {
      'a.ts': `import main from './main.ts'; import late from './b.ts'; export const a = [main(), [...late()]]`,
      'b.ts': `import './a.ts'; export default function* () { yield 2 }`,
      'main.ts': `import { a } from './a.ts'
export default function () { return 1 }
export const value = a`,
    },
    [1, [2]],
  ],
  [
    'comments before imports and exports',
    {
      'a.ts': `/** a */\nexport const a = 1\n// f\n/** f */ export function f() {}\n/* k */ export class K {}`,
      'b.ts': `/* b */ /* c */ import { a } from './a.ts' // d\n/** e */ export * from './a.ts'; /* f */ export { a as z }`,
      'c.ts': `#!/usr/bin/env node\n'use strict'\n/* c */ export const c = 1`,
      'main.ts': `// main\nimport * as all from './b.ts'\n/* c */ import { c } from './c.ts'\nimport './d.ts'\nexport const value = [Object.keys(all), c]; export function late() { return 'hoisted' }`,
      'd.ts': `/** d */ import { late } from './main.ts'; if (late() !== 'hoisted') throw new Error('late')`,
    },
    [['K', 'a', 'f', 'z'], 1],
  ],
  [
    '.jsx in TypeScript, which means a .ts file',
    { 'a.ts': `export const a = 1`, 'main.ts': `export { a as value } from './a.jsx'` },
    1,
  ],
  [
    'import.meta in the TypeScript of a CommonJS package',
    {
      'package.json': '{ "type": "commonjs" }',
      'main.ts': `export const value = [typeof import.meta.url, __filename === import.meta.filename]`,
    },
    ['string', true],
  ],
  [
    'import() in CommonJS, of the same instance',
    {
      'a.mts': `export const box = {}`,
      'b.cjs': `const text = "import('./a.mts')"; exports.load = () => import(/* c */ './a.mts')`,
      'c.cts': `export const load = () => import('./a.mjs')`,
      'sloppy.cjs': `exports.old = 010; exports.load = () => import('./a.mts'); if (exports.old) return`,
      'main.ts': `import { box } from './a.mts'; import { load } from './b.cjs'; import { load as other } from './c.cts'
import sloppy from './sloppy.cjs'
export const value = [(await load()).box === box, (await other()).box === box, sloppy.old, (await sloppy.load()).box === box]`,
    },
    [true, true, 8, true],
  ],
  [
    'require of an ECMAScript module: its name module.exports, or __esModule beside the default export',
    {
      'a.ts': `const value = 'a'; export { value as 'module.exports' }; export default 1`,
      'b.ts': `export default 1; export const b: number = 2`,
      'c.ts': `export const c = 3`,
      'main.ts': `import a from './main.cjs'; export const value = a`,
      'main.cjs': `const b = require('./b.ts'); module.exports = [require('./a.ts'), b, b.__esModule, require('./c.ts').__esModule === undefined]`,
    },
    ['a', { b: 2, default: 1 }, true, true],
  ],
  [
    'require of a module that awaits, and then import()',
    {
      'a.js': `await Promise.resolve(); globalThis.evaluations = (globalThis.evaluations ?? 0) + 1; export const a = globalThis.evaluations`,
      'main.ts': `import b from './b.cjs'; export const value = await b()`,
      'b.cjs': `module.exports = async () => { try { require('./a.js') } catch (error) { return [error.code, (await import('./a.js')).a] } }`,
    },
    ['ERR_REQUIRE_ASYNC_MODULE', 1],
  ],
  [
    'text that looks like an import',
    {
      'main.ts':
        'export const value = `\nimport defer * as a from "./a.ts"\nimport source b from "./b.wasm"\n`.length',
    },
    67,
  ],
]

describe('as under tsx', () => {
  test.each(features)('%s', async (_, files, expected, entry = 'main.ts') => {
    const { exports } = await loadModules({ 'package.json': module, ...files }, entry)
    expect(JSON.parse(JSON.stringify(exports.value))).toEqual(expected)
  })
})

describe('is refused by name, file and line', () => {
  test.each(['defer * as', 'source'])('import %s', async (phase) => {
    const main = `type A = 1\n/* c */ import ${phase} a from './a.ts'\nexport const value = a\n`
    const files = { 'package.json': module, 'a.ts': 'export const a = 1', 'main.ts': main }
    await expect(loadModules(files)).rejects.toMatchObject({
      message: expect.stringMatching(/main\.ts:2:9: 'import (defer|source)' is not supported/),
      location: { line: 2 },
    })
  })

  test.each([
    [
      'a type that Node does not know',
      './a.ts',
      `{ type: 'yaml' }`,
      `the attribute type: 'yaml' is not supported`,
    ],
    ['another key', './a.ts', `{ 'a-b': "c" }`, `the attribute a-b: 'c' is not supported`],
    ['a wrong type of a file', './a.ts', `{ type: 'json' }`, 'it is not JSON'],
    ['a wrong type of JSON', './a.json', `{ type: 'css' }`, `the attribute type: 'css' is not supported`],
    ['a wrong type of a package', 'node:fs', `{ type: 'json' }`, 'it is not JSON'],
  ])('an import with %s', async (_, specifier, attributes, reason) => {
    const others = { 'package.json': module, 'a.ts': `export const a = 1`, 'a.json': '{}' }
    const written = `type A = 1\n/* c */ import * as a from '${specifier}' with ${attributes}\nexport const value = a`
    await expect(loadModules({ ...others, 'main.ts': written })).rejects.toMatchObject({
      message: expect.stringContaining(reason),
      location: { line: 2 },
    })
    const called = `export const value = await import('${specifier}', { with: ${attributes} })`
    await expect(loadModules({ ...others, 'main.ts': called })).rejects.toThrow(reason)
    const text = 'export const value = `\nimport a from "./a.ts" with { type: "yaml" };\n`.length'
    await expect(loadModules({ ...others, 'main.ts': text })).resolves.toBeDefined()
  })

  test('a name that two modules of export * have', async () => {
    const files = {
      'a.ts': `export const x = 1`,
      'b.ts': `export const x = 1`,
      'barrel.ts': `export * from './a.ts'; export * from './b.ts'`,
      'main.ts': `type A = 1\nimport { x } from './barrel.ts'\nexport const value = x`,
    }
    await expect(loadModules({ 'package.json': module, ...files })).rejects.toMatchObject({
      message: expect.stringMatching(/Cannot import 'x' .*a\.ts and .*b\.ts both export it/),
      location: { line: 2 },
    })
  })

  // By Node itself, which this process is not.
  test('a file of a kind that Node does not know', async () => {
    const statements = {
      'text.ts': `import text from './a.txt'`,
      'query.ts': `import text from './a.txt?raw'`,
      'style.ts': `import * as text from './a.css'`,
      'picture.ts': `import text from './a.png'`,
    }
    const entries = Object.entries(statements).map(([name, line]) => [
      name,
      `type A = 1\n${line}\nexport const app = text\n`,
    ])
    const others = { 'a.txt': 'hello', 'a.css': 'a {}', 'a.png': '' }
    const project = createProject({ ...others, ...Object.fromEntries(entries) })
    const program = `const { loadEntry, describeLoadError } = await import(${JSON.stringify(built)})
for (const name of ${JSON.stringify(Object.keys(statements))})
  await loadEntry(process.cwd() + '/' + name).then(
    () => console.log('LOADED', name),
    (error) => console.log(describeLoadError(error, process.cwd())))`
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', program],
      { cwd: project.root, env: { ...process.env, NODE_OPTIONS: '' } },
    )
    expect(stdout).not.toContain('LOADED')
    for (const name of Object.keys(statements)) expect(stdout).toMatch(new RegExp(`^ *${name}:2:`, 'm'))
    expect(stdout.match(/Unknown file extension "\.(txt|css|png)"/g)).toHaveLength(4)
  })
})
