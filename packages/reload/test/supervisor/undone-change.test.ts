import { mkdirSync, renameSync, symlinkSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Project } from '../project.ts'
import { application, superviseProject } from '../supervised-process.ts'

const message = (text: string) => `export const message: string = '${text}'\n`
const part = 'parts/text.ts'

/** An application whose message comes from a file in a folder. */
const files = (port: number) => ({
  ...application(port),
  'message.ts': `export { message } from './${part}'\n`,
  [part]: message('one'),
})

/** The ways in which a working application is broken, and comes back as it was. */
const breaks: Array<[name: string, doIt: (project: Project) => void, undo: (project: Project) => void]> = [
  [
    'a folder is renamed and renamed back',
    (project) => renameSync(project.file('parts'), project.file('away')),
    (project) => renameSync(project.file('away'), project.file('parts')),
  ],
  [
    'a folder is removed and written again',
    (project) => project.remove('parts'),
    (project) => project.write({ [part]: message('one') }),
  ],
  [
    'a file is removed and written again',
    (project) => project.remove(part),
    (project) => project.write({ [part]: message('one') }),
  ],
  [
    'a file gets a syntax error and is reverted',
    (project) => project.write({ [part]: 'export const message = {{' }),
    (project) => project.write({ [part]: message('one') }),
  ],
  [
    'a file imports a missing one and is reverted',
    (project) => project.write({ 'message.ts': `export { message } from './later/text.ts'\n` }),
    (project) => project.write({ 'message.ts': `export { message } from './${part}'\n` }),
  ],
]

describe.each([
  ['events', {}],
  ['polling', { poll: 20 }],
] as const)('with %s', (_, options) => {
  test.each(breaks)(
    '%s: the same application serves, and every later save is seen',
    async (_name, doIt, undo) => {
      const app = await superviseProject(files, options)
      await app.next('ready')
      const { body: pid } = await app.get('/pid')
      doIt(app.project)
      await app.next('failed')
      undo(app.project)
      // A file that is read while it is written is another version, which is replaced when it is complete.
      await expect
        .poll(() => app.count('recovered') + app.count('ready'), { timeout: 20_000 })
        .toBeGreaterThan(1)
      expect((await app.get()).body).toBe('{"message":"one"}')
      for (const text of ['two', 'three', 'four']) {
        app.project.write({ [part]: message(text) })
        await app.until(text)
      }
      expect((await app.get('/pid')).body).toBe(pid)
      expect(app.count('failed')).toBe(1)
    },
  )

  test('a file that becomes a link, another link and a file again: every later save is seen', async () => {
    const app = await superviseProject(files, options)
    await app.next('ready')
    app.project.write({ 'other/one.ts': message('one'), 'other/two.ts': message('two') })
    const replaceBy = (create: (file: string) => void) => {
      create(app.project.file('next'))
      renameSync(app.project.file('next'), app.project.file(part))
    }
    replaceBy((next) => symlinkSync('../other/one.ts', next))
    await app.next('ready')
    app.project.write({ 'other/one.ts': message('one through a link') })
    await app.until('one through a link')
    replaceBy((next) => symlinkSync('../other/two.ts', next))
    await app.until('two')
    app.project.write({ 'other/two.ts': message('the other target') })
    await app.until('the other target')
    app.project.write({ next: message('a file again') })
    renameSync(app.project.file('next'), app.project.file(part))
    await app.until('a file again')
    app.project.write({ [part]: message('saved in place') })
    await app.until('saved in place')
    expect(app.count('failed')).toBe(0)
  })

  test.each([
    ['an entry of imports', '#later/text', 'later/text.ts'],
    ['an entry of imports with conditions', '#cond', 'later/cond.ts'],
    ['exports of the package itself', 'own/text', 'later/text.ts'],
    ['exports of a package of the workspace', 'lib/text.js', 'lib/src/text.ts'],
  ])('a missing file of %s is served once it is created', async (_entry, specifier, file) => {
    const app = await superviseProject(
      (port) => ({
        ...files(port),
        'package.json': JSON.stringify({
          name: 'own',
          type: 'module',
          imports: { '#later/*': './later/*.ts', '#cond': { node: ['./later/cond.ts'] } },
          exports: { './*': './later/*.ts' },
        }),
        'lib/package.json': '{ "name": "lib", "type": "module", "exports": { "./*": "./src/*" } }',
      }),
      {
        ...options,
        prepare({ file }) {
          mkdirSync(file('node_modules'), { recursive: true })
          symlinkSync('../lib', file('node_modules/lib'))
        },
      },
    )
    await app.next('ready')
    app.project.write({ 'message.ts': `export { message } from '${specifier}'\n` })
    const { problem } = await app.next('failed')
    expect(problem.message).toContain(app.project.file(specifier.endsWith('.js') ? 'lib/src/text.js' : file))
    app.project.write({ [file]: message('two') })
    await app.until('two')
  })

  test('a missing file that is created is served, and every later save is seen', async () => {
    const app = await superviseProject(files, options)
    await app.next('ready')
    app.project.write({ 'message.ts': `export { message } from './later/text.ts'\n` })
    await app.next('failed')
    for (const text of ['two', 'three', 'four']) {
      app.project.write({ 'later/text.ts': message(text) })
      await app.until(text)
    }
    expect(app.count('failed')).toBe(1)
  })
})

test('a first start that fails is reported once, also with files in folders, and a repair is served', async () => {
  const app = await superviseProject((port) => ({
    ...files(port),
    'parts/early.ts': `throw new Error('not yet')`,
    'message.ts': `import './parts/early.ts'\nexport { message } from './${part}'\n`,
  }))
  await app.next('failed')
  app.project.write({ [part]: message('two') })
  await app.next('failed')
  app.project.write({ 'parts/early.ts': '' })
  await app.until('two')
  expect(app.count('failed')).toBe(2)
})

test.each([
  ['a save', (text: string) => ({ 'message.ts': message(text) })],
  ['a new process', (text: string) => ({ 'message.ts': message(text), '.env': text })],
])('the handlers receive their services after %s', async (_, saved) => {
  const app = await superviseProject()
  await app.until('one', '/injected')
  for (const text of ['two', 'three']) {
    app.project.write(saved(text))
    await app.until(`{"message":"${text}"}`, '/injected')
  }
})

test('an application that the code keeps on globalThis is replaced in a new process', async () => {
  const app = await superviseProject((port) => {
    const { 'app.ts': entry, ...others } = application(port)
    return {
      ...others,
      'app.ts': entry!.replace(
        'export const app = new',
        'export const app = (globalThis as any).app ??= new',
      ),
    }
  })
  await app.next('ready')
  for (const text of ['two', 'three']) {
    app.project.write({ 'message.ts': message(text) })
    await app.until(text)
  }
})
