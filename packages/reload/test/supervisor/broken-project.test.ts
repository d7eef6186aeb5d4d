import { renameSync } from 'node:fs'
import { expect, test } from 'vitest'
import { application, superviseProject } from '../supervised-process.ts'

test('a package.json that does not parse is reported with its place, and ends no process', async () => {
  const supervised = await superviseProject()
  await supervised.next('ready')
  supervised.project.write({ 'package.json': '{\n  "type": "module",\n' })
  const { problem, serving } = await supervised.next('failed')
  expect(problem).toMatchObject({
    message: expect.stringContaining('Cannot compile'),
    location: { file: supervised.project.file('package.json'), line: 3 },
  })
  expect(serving).toBe(true)
  expect(supervised.output()).not.toContain('node:internal')
  supervised.project.write({ 'package.json': '{ "type": "module", "name": "repaired" }' })
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
  supervised.project.write({ 'tsconfig.json': '{\n  "compilerOptions": {' })
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
