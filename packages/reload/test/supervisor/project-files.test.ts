import { mkdirSync, renameSync, symlinkSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { application, superviseProject } from '../supervised-process.ts'

test('a package.json that does not parse is reported with its place, and ends no process', async () => {
  const supervised = await superviseProject()
  await supervised.next('ready')
  supervised.project.replace({ 'package.json': '{\n  "type": "module",\n' })
  const { problem, serving } = await supervised.next('failed')
  expect(problem).toMatchObject({
    message: expect.stringContaining('Cannot compile'),
    location: { file: supervised.project.file('package.json'), line: 3 },
  })
  expect(serving).toBe(true)
  expect(supervised.output()).not.toContain('node:internal')
  supervised.project.replace({ 'package.json': '{ "type": "module", "name": "repaired" }' })
  expect(await supervised.next('ready')).toMatchObject({ kind: 'process' })
})

test('an entry that was removed is named, and serves again once it is restored', async () => {
  const supervised = await superviseProject()
  await supervised.next('ready')
  supervised.project.remove('app.ts')
  const { problem, serving } = await supervised.next('failed')
  expect(problem.message).toMatch(/Cannot load .*app\.ts: there is no such file/)
  expect(serving).toBe(true)
  supervised.project.write(application(supervised.port))
  await supervised.next('recovered')
})

test('a tsconfig file that does not parse is reported with its place', async () => {
  const supervised = await superviseProject()
  await supervised.next('ready')
  supervised.project.replace({ 'tsconfig.json': '{\n  "compilerOptions": {' })
  const { problem } = await supervised.next('failed')
  expect(problem.message).toContain(`${supervised.project.file('tsconfig.json')}:2:`)
  expect(problem.message).not.toContain('JSONError')
})

test('a directory that is gone is named, and a stop ends nevertheless', async () => {
  const { project, next, process, exited } = await superviseProject()
  await next('ready')
  renameSync(project.root, `${project.root}-away`)
  const named = async (): Promise<string> => {
    const { problem } = await next('failed')
    return problem.message.includes('directory') ? problem.message : named()
  }
  expect(await named()).toContain(`the directory ${project.root} is gone`)
  process.kill('SIGTERM')
  expect(await exited).toMatchObject({ code: 0 })
  renameSync(`${project.root}-away`, project.root)
})

test('the package.json of a package that is used as a source is watched', async () => {
  const sources = {
    'lib/package.json': '{ "type": "module", "exports": "./one.ts" }',
    'lib/one.ts': `export const message: string = 'one'`,
    'lib/two.ts': `export const message: string = 'two'`,
    'message.ts': `export { message } from 'lib'`,
  }
  const { project, next, get } = await superviseProject((port) => ({ ...application(port), ...sources }), {
    prepare({ file }) {
      mkdirSync(file('node_modules'), { recursive: true })
      symlinkSync('../lib', file('node_modules/lib'))
    },
  })
  await next('ready')
  expect((await get()).body).toContain('one')
  project.replace({ 'lib/package.json': '{ "type": "module", "exports": "./two.ts" }' })
  expect(await next('ready')).toMatchObject({ kind: 'process', files: [project.file('lib/package.json')] })
  expect((await get()).body).toContain('two')
})

describe.each([
  ['events', false],
  ['polling', 20],
])('with %s', (_, poll) => {
  test.each(['a b', 'a#b', 'a%20b', 'a?b', 'of a#b?c %41/index'])(
    'an entry and a module named %s are run, and again after a save',
    async (name) => {
      const supervised = await superviseProject(
        (port) => {
          const { 'app.ts': app, 'message.ts': message, ...files } = application(port)
          const specifier = `./${encodeURIComponent(`the ${name.replace('/', '-')}`)}.ts`
          const dots = name.includes('/') ? '../' : './'
          return {
            ...files,
            'tell.ts': `export { message } from '${specifier}'`,
            [`the ${name.replace('/', '-')}.ts`]: message!,
            [`${name}.ts`]: app!
              .replace('./message.ts', `${dots}tell.ts`)
              .replace('./data.ts', `${dots}data.ts`),
          }
        },
        { entry: `${name}.ts`, poll },
      )
      await supervised.until('one')
      supervised.project.write({ [`the ${name.replace('/', '-')}.ts`]: `export const message = 'two'` })
      await supervised.until('two')
    },
  )
})
