import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Application, defineModule } from '@myfy/core'
import { TestHost } from '@myfy/core/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { quiet } from '../quiet.ts'

/** A project with these files. */
function project(files: Record<string, string>): TestHost {
  const cwd = mkdtempSync(join(tmpdir(), 'myfy-discovery-'))
  onTestFinished(() => rmSync(cwd, { recursive: true }))
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, name)), { recursive: true })
    writeFileSync(join(cwd, name), content)
  }
  return new TestHost({ cwd })
}

const dependency = (name: string, source: string, path = './module.js') => ({
  'package.json': JSON.stringify({ dependencies: { [name]: '1.0.0', lodash: '4' } }),
  [`node_modules/${name}/package.json`]: JSON.stringify({ name, type: 'module', myfy: { module: path } }),
  [`node_modules/${name}/module.js`]: source,
})

const names = async (host: TestHost, added = [] as Parameters<Application['addModule']>[0][]) => {
  const app = new Application({ host, logger: quiet, autoDiscover: true, modules: added })
  await app.initialize()
  return app.modules.map((module) => module.name)
}

describe('auto-discovery', () => {
  test('is off unless asked for', async () => {
    const app = new Application({
      host: project(dependency('myfy-redis', 'export default { name: "redis" }')),
      logger: quiet,
    })
    await app.initialize()
    expect(app.modules).toEqual([])
  })

  test.each([
    ['a module', 'export default { name: "redis" }'],
    ['a module class', 'export default class RedisModule { name = "redis" }'],
    ['a function that returns a module', 'export default () => ({ name: "redis" })'],
    ['an export named module', 'export const module = { name: "redis" }'],
  ])('loads %s', async (_, source) => {
    expect(await names(project(dependency('@acme/redis', source)))).toEqual(['redis'])
  })

  test('leaves the one that was added by hand', async () => {
    const own = defineModule({ name: 'redis' })
    const host = project(dependency('myfy-redis', 'export default { name: "redis", stranger: true }'))
    const app = new Application({ host, logger: quiet, autoDiscover: true, modules: [own] })
    const used: boolean[] = []
    app.on('module.discovered', (event) => used.push(event.used))
    await app.initialize()
    expect(app.modules).toEqual([own])
    expect(used).toEqual([false])
  })

  test.each([
    [
      'a path outside the package',
      dependency('bad', '', '../../evil.js'),
      'which is not a file inside the package',
    ],
    ['a file that is not there', dependency('bad', '', './missing.js'), 'its import failed'],
    [
      'a file that throws',
      dependency('bad', 'throw new Error("broken package")'),
      'its import failed: broken package',
    ],
    ['a file that exports nothing', dependency('bad', 'export const x = 1'), 'which exports no module'],
  ])('refuses %s with the package’s name', async (_, files, sentence) => {
    const app = new Application({ host: project(files), logger: quiet, autoDiscover: true })
    await expect(app.initialize()).rejects.toThrow(/^Cannot load the module of the package 'bad'/)
    await expect(app.initialize()).rejects.toThrow(sentence)
  })
})
