// A file that is saved after it was read for the first time and before anything watches it.
import { symlinkSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { application, superviseProject } from '../supervised-process.ts'

const message = (text: string) => `export const message: string = '${text}'\n`
const LOOP = `console.log('LOOPS'); for (;;) {}`

/** An application whose message comes from a file in a folder, with a module that does `start` at its start. */
const files = (port: number, start = '') => {
  const { 'app.ts': app, ...others } = application(port)
  return {
    ...others,
    'message.ts': `export { message, begin } from './parts/text.ts'\n`,
    'parts/text.ts': `${message('one')}export const begin = (): void => { ${start} }\n`,
    'app.ts': app!
      .replace('import { message }', 'import { begin, message }')
      .replace('.addModule', `.addModule({ name: 'begin', start: begin }).addModule`),
  }
}
const repaired = { 'parts/text.ts': `${message('two')}export const begin = (): void => {}\n` }

describe.each([
  ['events', {}],
  ['polling', { poll: 20 }],
] as const)('with %s', (_, options) => {
  test.each([
    ['at its import', { 'parts/text.ts': `${LOOP}\n${files(0)['parts/text.ts']}` }],
    ['at its start', { 'parts/text.ts': files(0, LOOP)['parts/text.ts'] }],
  ])('a first version that never pauses %s is replaced by its repair', async (_where, broken) => {
    const app = await superviseProject((port) => ({ ...files(port), ...broken }), options)
    await app.printed('LOOPS')
    app.project.replace(repaired)
    await app.until('two')
  })

  test('a file that a save adds, which never pauses, is replaced by its repair', async () => {
    const app = await superviseProject(files, options)
    await app.next('ready')
    app.project.replace({ 'parts/more.ts': LOOP })
    app.project.replace({ 'parts/text.ts': `import './more.ts'\n${repaired['parts/text.ts']}` })
    await app.printed('LOOPS')
    app.project.replace({ 'parts/more.ts': 'export {}' })
    await app.until('two')
  })

  test.each([
    ['tsconfig.json', '{ "compilerOptions": {'],
    ['package.json', '{ "type": "module", "imports": { "#text": "./nowhere.ts" } }'],
  ])('a broken %s in a folder at the first start is repaired', async (name, broken) => {
    const text = `export { message } from '${name === 'package.json' ? '#text' : './two'}'`
    const app = await superviseProject(
      (port) => ({
        ...application(port),
        'message.ts': `export { message } from './parts/text.ts'`,
        'parts/text.ts': text,
        'parts/two.ts': message('two'),
        [`parts/${name}`]: broken,
      }),
      options,
    )
    await app.next('failed')
    app.project.replace({ [`parts/${name}`]: '{ "type": "module", "imports": { "#text": "./two.ts" } }' })
    await app.until('two')
  })

  test('a link that leads elsewhere by the time that the application serves asks for a new process', async () => {
    const app = await superviseProject(
      (port) => ({
        ...application(port),
        'one/text.ts': message('one'),
        'two/text.ts': message('two'),
        'message.ts': `
import { existsSync, renameSync } from 'node:fs'
export { message } from './current/text.ts'
if (existsSync('next')) renameSync('next', 'current')
`,
      }),
      {
        ...options,
        prepare({ file }) {
          symlinkSync('one', file('current'))
          symlinkSync('two', file('next'))
        },
      },
    )
    await app.until('two')
  })

  test('an ignored file that is saved meanwhile causes no reload', async () => {
    const writes = `writeFileSync('parts/made.ts', 'export const made = ' + Date.now())`
    const app = await superviseProject(
      (port) => ({
        ...files(port),
        'parts/text.ts': `import { writeFileSync } from 'node:fs'\n${files(0, writes)['parts/text.ts']}`,
        'parts/made.ts': 'export const made = 0',
        'data.ts': `import './parts/made.ts'\n${application(0)['data.ts']}`,
      }),
      { ...options, ignore: ['parts/made.ts'] },
    )
    await app.next('ready')
    app.project.replace(repaired)
    expect((await app.next('ready')).files).toEqual([app.project.file('parts/text.ts')])
  })
})
