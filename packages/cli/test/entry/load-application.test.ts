import { beforeAll, describe, expect, test } from 'vitest'
import { myfy, project, script } from '../project.ts'
import type { Found } from './load-entries.ts'

const core = `import { Application, defineModule } from '@myfy/core'\n`
const made = `new Application().addModule(defineModule({ name: 'found' }))`

const shapes = {
  'src/app.ts': `${core}export const app: Application = ${made}`,
  'src/application.ts': `${core}export const application = ${made}`,
  'src/default.ts': `${core}export default ${made}`,
  'src/factory.ts': `${core}export default function create(): Application { return ${made} }`,
  'src/later.ts': `${core}export const app = async (): Promise<Application> => { await null; return ${made} }`,
  'src/named.ts:service': `${core}export const service = ${made}`,
  'src/runs.ts': `${core}await (${made}).run()`,
  'app.mjs': `${core}export const app = ${made}`,
  'plain.mjs:twin': `${core}export const app = new Application()\nexport const twin = ${made}`,
  'runs.mjs': `${core}await (${made}).run()`,
  'later.mjs': `${core}async function main() { await new Promise(setImmediate); await (${made}).run() }\nmain()`,
  'factory.mjs': `${core}export const app = async () => ${made}`,
}

describe('an application is found as', () => {
  let found = new Map<string, readonly string[]>()
  let output = ''
  beforeAll(async () => {
    const cwd = project(
      Object.fromEntries(Object.entries(shapes).map(([name, content]) => [name.split(':')[0]!, content])),
    )
    const result = await script('entry/load-entries.ts', [cwd, ...Object.keys(shapes)], { cwd })
    output = result.output
    const lines = result.stdout.split('\n').filter((text) => text.startsWith('["'))
    found = new Map(lines.map((text) => JSON.parse(text) as Found))
  }, 60_000)

  test.each(Object.keys(shapes))('%s', (name) => {
    expect(found.get(name), output).toEqual(['found'])
  })
})

test('output of an entry, while it is loaded and after its run, does not mix with the result', async () => {
  const exits = `${core}console.log('loading')\nprocess.exit(await (${made}).run())`
  const runs = `${core}const app = ${made}\nawait app.run()\nconsole.error('the entry went on')`
  const cwd = project({ 'src/exits.ts': exits, 'src/runs.ts': runs })
  const [first, second] = await Promise.all(
    ['src/exits.ts', 'src/runs.ts'].map((name) => myfy(['modules', '--json', '--app', name], { cwd })),
  )
  expect(JSON.parse(first!.stdout)).toMatchObject([{ name: 'found' }])
  expect(first!.stderr).toContain('loading')
  expect(JSON.parse(second!.stdout)).toMatchObject([{ name: 'found' }])
  expect(second!.stderr).toContain('the entry went on')
  expect([first!.code, second!.code]).toEqual([0, 0])
})

describe('an entry that cannot be imported is shown as itself:', () => {
  test.each([
    [
      'src/a.ts',
      'const x: number = 1\nthrow new TypeError("no database")',
      'no database',
      /src\/a\.ts:2:7\n.*\n> 2 \| throw new/s,
    ],
    [
      'src/b.ts',
      'export const app = new Map(\n  .set(1)',
      'Unexpected token',
      /src\/b\.ts:2:3: [^\n]*\n.*\n> 2 \| {3}\.set\(1\)/s,
    ],
    [
      'src/c.ts',
      `import { Nothing } from '@myfy/core'\nexport const app = new Nothing()`,
      'Nothing',
      /> 1 \| import \{ Nothing \}/,
    ],
    ['src/d.ts', `import x from './gone.ts'\nexport const app = x`, 'gone.ts', /> 1 \| import x from/],
    [
      'e.mjs',
      `const x = 1\nthrow new RangeError('too far')`,
      'RangeError: too far',
      /e\.mjs:2:7\n.*\n> 2 \| throw new/s,
    ],
    [
      'f.mjs',
      `import x from './gone.mjs'\nexport const app = x`,
      'gone.mjs',
      /f\.mjs:1:\d+\n> 1 \| import x from/,
    ],
    ['g.mjs', `export const app = 1\nconst y = ;`, 'nexpected token', /g\.mjs:2:\d+.*\n> 2 \| const y = ;/s],
  ])('%s', async (name, content, sentence, frame) => {
    const result = await myfy(['modules', '--app', name], { cwd: project({ [name]: content }) })
    expect(result.stderr).toContain(sentence)
    expect(result.stderr).toMatch(frame)
    expect(result.code).toBe(1)
    expect(result.stderr).not.toContain('none of these files exists')
  })
})

describe('files that import each other', () => {
  const importing = (name: string, from: string) => `import { ${name} } from '${from}'\n`
  test.each([
    ['TypeScript', 'ts', (from: string) => importing('first', from)],
    ['JavaScript', 'mjs', (from: string) => importing('first', from)],
    ['a list of names', 'ts', (from: string) => importing('type Kind,\n  other as another,\n  first', from)],
  ])('are named with a remedy: %s', async (_, extension, statement) => {
    const files = {
      [`app.${extension}`]: `import './first.${extension}'\n`,
      [`first.${extension}`]: `import { second } from './second.${extension}'\nexport const other = 1\nexport const first = { second }\n${extension === 'ts' ? 'export type Kind = string\n' : ''}`,
      [`second.${extension}`]: `${statement(`./first.${extension}`)}export const second = { first }\n`,
    }
    const { stderr, code } = await myfy(['modules', '--app', `app.${extension}`], { cwd: project(files) })
    expect(stderr).toContain(
      `'first' comes from './first.${extension}', which imports this file, directly or through others, and is still loading. Move what both need into a third file`,
    )
    expect(code).toBe(1)
  })

  test('are not blamed for a name of the same file', async () => {
    const cwd = project({ 'app.mjs': 'export const app = later\nconst later = 1\n' })
    const { stderr } = await myfy(['modules'], { cwd })
    expect(stderr).toContain("Cannot access 'later' before initialization")
    expect(stderr).not.toContain('comes from')
  })
})

describe('an entry without an application', () => {
  test.each([
    ['src/app.ts', 'export const server = 1', 'it exports server'],
    ['app.mjs', 'export const server = 1', 'it exports server'],
    ['app.mjs', 'export default { modules: [] }', 'it exports default, which is a plain object'],
    ['app.mjs', 'export const app = new Map()', 'it exports app, which is of the class Map'],
    ['app.mjs', 'export const app = null', 'it exports app, which is null'],
    [
      'app.mjs',
      'export default () => 42',
      "Cannot use the function 'default' of app.mjs: it does not return an Application",
    ],
  ])('%s: %s', async (name, content, sentence) => {
    const { code, stderr } = await myfy(['modules'], { cwd: project({ [name]: content }) })
    expect(stderr).toContain(sentence)
    expect(code).toBe(2)
  })
})
