import { execFileSync } from 'node:child_process'
import { renameSync, symlinkSync } from 'node:fs'
import { expect, test } from 'vitest'
import { application, superviseProject } from '../supervised-process.ts'

/** The application, which prints this expression when it is loaded. */
const printing = (expression: string) => (port: number) => ({
  ...application(port),
  'message.ts': `console.log('PRINTED', JSON.stringify(${expression}))\nexport const message: string = 'one'\n`,
})

test('the application has its own arguments and its entry as its program, in every process', async () => {
  const app = await superviseProject(printing('process.argv.slice(1)'), { args: ['--seed', '5', '--'] })
  const argv = JSON.stringify([app.project.file('app.ts'), '--seed', '5', '--'])
  await app.printed(`PRINTED ${argv}`)
  await app.next('ready')
  app.project.write({ '.env': 'A=1' })
  expect(await app.next('ready')).toMatchObject({ kind: 'process' })
  expect(app.output().split(`PRINTED ${argv}`)).toHaveLength(3)
})

test('the idiom of a main module holds for the entry', async () => {
  const app = await superviseProject((port) => ({
    ...application(port),
    'app.ts': `import { pathToFileURL } from 'node:url'\n${application(port)['app.ts']}\nconsole.log('MAIN', import.meta.url === pathToFileURL(process.argv[1]!).href)\n`,
  }))
  await app.printed('MAIN true')
})

test('a process list shows the entry', async () => {
  const app = await superviseProject()
  await app.next('ready')
  const { pid } = JSON.parse((await app.get('/pid')).body)
  expect(execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).trim()).toBe(
    'myfy app.ts',
  )
})

test('a stop during a start names the signal as its reason', async () => {
  const app = await superviseProject((port) => ({
    ...application(port),
    'data.ts': `
import { BaseModule, type StartContext } from '@myfy/core'
export class DataModule extends BaseModule {
  override start({ signal }: StartContext) {
    console.log('DATA WAITS')
    return new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
  }
}
`,
  }))
  await app.printed('DATA WAITS')
  app.process.kill('SIGTERM')
  await app.exited
  expect(app.output()).not.toContain('newer version')
  expect(app.output()).toContain('SIGTERM')
})

test('one save prints one line with the file', async () => {
  const app = await superviseProject()
  await app.next('ready')
  await app.printed('[reload] ready in')
  const before = app.output()
  app.project.write({ 'data.ts': `${application(0)['data.ts']}// another version\n` })
  await app.next('replaced')
  const lines = app
    .output()
    .slice(before.length)
    .split('\n')
    .filter((line) => line !== '')
  expect(lines.filter((line) => !line.startsWith('DATA'))).toEqual([
    expect.stringMatching(/^\[reload\] reloaded data\.ts in [\d.]+ m?s$/),
  ])
})

test('a failed save prints the frame and what still serves', async () => {
  const app = await superviseProject()
  await app.next('ready')
  const before = app.output()
  app.project.write({
    'message.ts': `export const message = (() => {\n  throw new Error('no message')\n})()\n`,
  })
  const { problem } = await app.next('failed')
  await app.printed('still serving the last working version')
  const printed = app.output().slice(before.length)
  expect(printed).toMatch(/^\[reload\] no message\nmessage\.ts:2:9\n/m)
  expect(printed).toMatch(/^> 2 \| {3}throw new Error\('no message'\)/m)
  expect(printed).not.toMatch(/node:internal|packages[\\/]reload|node_modules/)
  expect(problem.location).toMatchObject({ line: 2, column: 9 })
})

test('an import that leads through a symbolic link follows it to another target', async () => {
  const app = await superviseProject(
    (port) => ({
      ...application(port),
      'one/text.ts': `export const text = 'first'`,
      'two/text.ts': `export const text = 'second'`,
      'message.ts': `export { text as message } from './current/text.ts'`,
    }),
    { prepare: (project) => symlinkSync('one', project.file('current')) },
  )
  await app.until('first')
  await app.next('ready')
  symlinkSync('two', app.project.file('next'))
  renameSync(app.project.file('next'), app.project.file('current'))
  await app.until('second')
})

test('a package that is installed after the error is found', async () => {
  const app = await superviseProject()
  await app.next('ready')
  app.project.write({ 'message.ts': `export { who as message } from 'dep'` })
  await app.next('failed')
  app.project.write({
    'node_modules/dep/package.json': '{ "name": "dep", "type": "module", "exports": "./index.js" }',
    'node_modules/dep/index.js': `export const who = 'installed'`,
  })
  await app.until('installed')
})

test('a reader of the output that goes away does not end the application', async () => {
  const app = await superviseProject()
  await app.next('ready')
  app.process.stdout!.destroy()
  app.process.stderr!.destroy()
  for (const text of ['two', 'three', 'four']) {
    // The module says that it starts and stops.
    app.project.write({
      'data.ts': `${application(0)['data.ts']}// ${text}\n`,
      'message.ts': `export const message: string = '${text}'\n`,
    })
    await app.until(text)
  }
  expect([app.count('failed'), app.count('crashed')]).toEqual([0, 0])
})
