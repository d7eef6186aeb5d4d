// Modules of an application that Node loads: by a dependency, by `createRequire`, in a thread, in a child process.

import { expect, test } from 'vitest'
import { superviseProject } from '../supervised-process.ts'

const autoloader = {
  'node_modules/autoloader/package.json':
    '{ "name": "autoloader", "type": "module", "exports": "./index.js" }',
  // As the loaders of plugins, entities and migrations do it.
  'node_modules/autoloader/index.js': `
import fs from 'node:fs'
import { createRequire } from 'node:module'
export const load = (dir) => Promise.all(fs.readdirSync(dir).map((name) => import(new URL(name, dir).href)))
export const fresh = (url) => import(url + '?now=' + Math.random())
export const require = createRequire(import.meta.url)
`,
}

const program = (port: number) => ({
  ...autoloader,
  'registry.ts': `export const seen: string[] = []\nexport class Entity {}\n`,
  'plugins/a.ts': `
import { Entity, seen } from '../registry.ts'
enum Kind { Plugin = 'plugin one' }
seen.push(Kind.Plugin)
export const name: string = Kind.Plugin
export default Entity
`,
  'plugins/b.js': `import { Entity } from '../registry.ts'\nawait null\nexport const name = 'waited'\nexport default Entity\n`,
  'legacy.cts': `import registry = require('./registry.ts')\nexport = { text: 'legacy one', Entity: registry.Entity }\n`,
  'data.json': '{ "text": "data one" }',
  'thread.ts': `import { parentPort } from 'node:worker_threads'\nimport { shared } from './shared.ts'\nenum Kind { A = 'thread one' }\nparentPort!.postMessage(Kind.A + shared)\n`,
  'child.ts': `import { shared } from './shared.ts'\nenum Kind { A = 'child one' }\nprocess.send!(Kind.A + shared + process.argv.slice(2))\n`,
  'shared.ts': `export const shared: string = '!'\n`,
  'app.ts': `
import { fork } from 'node:child_process'
import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'
import { Application } from '@myfy/core'
import { WebModule, defineRoutes } from '@myfy/web'
import { fresh, load, require as requireOfDependency } from 'autoloader'
import { Entity, seen } from './registry.ts'

const require = createRequire(import.meta.url)
const { text } = require('./data.json')
const legacy = require('./legacy')
const plugins: any[] = await load(new URL('./plugins/', import.meta.url))
const again = await fresh(new URL('./plugins/a.ts', import.meta.url).href)
const required = requireOfDependency(new URL('./registry.ts', import.meta.url).pathname)

const thread = (name: string) => new Promise((resolve, reject) => {
  new Worker(new URL(name, import.meta.url)).once('message', resolve).once('error', reject)
})
const child = () => new Promise((resolve, reject) => {
  fork(new URL('./child.ts', import.meta.url), ['--flag']).once('message', resolve).once('exit', reject)
})
const routes = defineRoutes('', (route) => {
  route.get('/', () => ({ text, legacy: legacy.text, names: plugins.map(({ name }) => name), seen }))
  route.get('/identity', () => ({
    plugins: plugins.every((plugin) => plugin.default === Entity),
    fresh: again.default === Entity,
    legacy: legacy.Entity === Entity,
    required: required.Entity === Entity,
  }))
  // As tsc names the file after its compilation.
  route.get('/children', async () => ({ all: await Promise.all([thread('./thread.ts'), thread('./thread.js'), child()]) }))
})
export const app = new Application().addModule(new WebModule({ routes: [routes], port: ${port}, host: '127.0.0.1' }))
`,
})

test('modules that Node loads are those of the application, and a save of one starts a new process', async () => {
  const app = await superviseProject(program)
  await app.next('ready')
  expect(JSON.parse((await app.get()).body)).toEqual({
    text: 'data one',
    legacy: 'legacy one',
    names: ['plugin one', 'waited'],
    seen: ['plugin one'],
  })
  expect(JSON.parse((await app.get('/identity')).body)).toEqual({
    plugins: true,
    fresh: true,
    legacy: true,
    required: true,
  })

  app.project.write({ 'plugins/a.ts': `export const name: string = 'plugin two'\n` })
  expect(await app.next('ready')).toMatchObject({
    kind: 'process',
    files: [app.project.file('plugins/a.ts')],
  })
  expect((await app.get()).body).toContain('plugin two')

  app.project.write({ 'data.json': '{ "text": "data two" }' })
  await app.next('ready')
  app.project.write({ 'legacy.cts': `export = { text: 'legacy two' }\n` })
  await app.next('ready')
  expect(JSON.parse((await app.get()).body)).toMatchObject({ text: 'data two', legacy: 'legacy two' })

  // A plugin that fails is reported as any other file, and so is its correction.
  app.project.write({ 'plugins/a.ts': `export const name: string = \n` })
  expect(await app.next('failed')).toMatchObject({
    problem: { location: { file: app.project.file('plugins/a.ts') } },
    serving: true,
  })
  app.project.write({ 'plugins/a.ts': `export const name: string = 'plugin three'\n` })
  await app.next('ready')
  expect((await app.get()).body).toContain('plugin three')
})

test('threads and child processes run the sources of the application, and a save of one starts a new process', async () => {
  const app = await superviseProject(program)
  await app.next('ready')
  const children = async () => {
    const { body } = await app.get('/children')
    return JSON.parse(body).all ?? body
  }
  expect(await children()).toEqual(['thread one!', 'thread one!', 'child one!--flag'])

  app.project.write({ 'shared.ts': `export const shared: string = '?'\n` })
  expect(await app.next('ready')).toMatchObject({ kind: 'process', files: [app.project.file('shared.ts')] })
  expect(await children()).toEqual(['thread one?', 'thread one?', 'child one?--flag'])
})

test('a first start that fails after Node has loaded a module is repaired by a save', async () => {
  const app = await superviseProject((port) => {
    const files = program(port)
    return {
      ...files,
      'app.ts': `${files['app.ts']}\nif (plugins[0].name === 'plugin one') throw new Error('not yet')\n`,
    }
  })
  expect(await app.next('failed')).toMatchObject({ problem: { message: 'not yet' }, serving: false })
  app.project.write({ 'plugins/a.ts': `export const name: string = 'plugin two'\n` })
  await app.next('ready')
  expect((await app.get()).body).toContain('plugin two')
})
