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
    const main = `type A = 1\nimport ${phase} a from './a.ts'\nexport const value = a\n`
    const files = { 'package.json': module, 'a.ts': 'export const a = 1', 'main.ts': main }
    await expect(loadModules(files)).rejects.toMatchObject({
      message: expect.stringMatching(/main\.ts:2:1: 'import (defer|source)' is not supported/),
      location: { line: 2 },
    })
  })

  // By Node itself, which this process is not.
  test('a file of a kind that Node does not know', async () => {
    const statements = {
      'text.ts': `import text from './a.txt' with { type: 'text' }`,
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
