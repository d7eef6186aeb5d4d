import { mkdirSync, renameSync, statSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { WatchedConfig, type WatchOptions } from '../../src/watch/watched-config.ts'
import { createProject } from '../project.ts'

const files = {
  'app.ts': '',
  'views/a.html': '1',
  'views/deep/b.html': '1',
  'config/.secret': '1',
  'config/app.yaml': '1',
  'root.yaml': '1',
}

function configured(options: WatchOptions, folder = '.') {
  const project = createProject({})
  const root = path.join(project.root, folder)
  project.write(
    Object.fromEntries(Object.entries(files).map(([name, text]) => [path.join(folder, name), text])),
  )
  project.write({ 'outside/q.sql': '1' })
  const at = (name: string) => path.join(root, name)
  return { project, root, at, config: new WatchedConfig(root, at('app.ts'), options) }
}

describe('a glob of watch', () => {
  test.each([
    ['a pattern', 'views/**', 'views/a.html'],
    ['a pattern, for a nested file', 'views/**', 'views/deep/b.html'],
    ['a pattern with a leading dot', './views/**/*.html', 'views/a.html'],
    ['a folder', 'views', 'views/deep/b.html'],
    ['a folder with a slash', 'views/', 'views/a.html'],
    ['a hidden file', 'config/.secret', 'config/.secret'],
    ['a pattern of hidden files', 'config/.*', 'config/.secret'],
    ['a file at the root', 'root.yaml', 'root.yaml'],
    ['a file in a folder', 'config/app.yaml', 'config/app.yaml'],
    ['a pattern of files', 'config/*.yaml', 'config/app.yaml'],
    ['everything', '**', 'views/a.html'],
  ])('is %s', (_, glob, changed) => {
    const { project, root, at, config } = configured({ watch: [glob] })
    expect(config.has(at(changed))).toBe(true)
    project.write({ [path.relative(project.root, path.join(root, changed))]: '2' })
    expect(config.changed([at(changed)])).toEqual({ reach: 'environment', files: [at(changed)] })
    expect(config.changed([at(changed)])).toBeUndefined()
  })

  test.each(['../outside/*.sql', '../outside', '../outside/q.sql'])(
    'leads out of the project: %s',
    (glob) => {
      const { project, config } = configured({ watch: [glob] }, 'project')
      project.write({ 'outside/q.sql': '2' })
      expect(config.changed([project.file('outside/q.sql')])?.files).toEqual([project.file('outside/q.sql')])
    },
  )

  test('is absolute', () => {
    const { project, at } = configured({})
    const config = new WatchedConfig(project.root, at('app.ts'), { watch: [project.file('views/**')] })
    project.write({ 'views/a.html': '2' })
    expect(config.changed([at('views/a.html')])?.files).toEqual([at('views/a.html')])
  })

  test.each(['zz [13] (copy)', 'a{b,c}', '!x', 'a+(b)'])('works in a project with the name %s', (folder) => {
    const { project, at, config } = configured({ watch: ['views/*.html'] }, folder)
    project.write({ [`${folder}/views/a.html`]: '2' })
    expect(config.changed([at('views/a.html')])?.files).toEqual([at('views/a.html')])
  })

  test('includes files that are created later, in folders that are created later', () => {
    const { project, at, config } = configured({ watch: ['views/**', 'later/**'] })
    project.write({ 'views/new.html': '1' })
    expect(config.changed([at('views/new.html')])?.files).toEqual([at('views/new.html')])
    project.write({ 'views/sub/c.html': '1' })
    expect(config.has(at('views/sub'))).toBe(true)
    expect(config.changed([at('views/sub')])?.files).toEqual([at('views/sub/c.html')])
    expect(config.directories).toContain(at('views/sub'))
    project.write({ 'later/d.html': '1' })
    expect(config.has(at('later'))).toBe(true)
    expect(config.changed([at('later')])?.files).toEqual([at('later/d.html')])
  })

  test.each([
    ['nonsense/**', ['nonsense/**']],
    ['views/**', []],
    ['views', []],
    ['config/app.yaml', []],
    ['config/none.yaml', ['config/none.yaml']],
  ])('%s is reported if it matches nothing', (glob, unmatched) => {
    expect(configured({ watch: [glob] }).config.unmatchedGlobs).toEqual(unmatched)
  })

  test('is overruled by ignore', () => {
    const { project, at, config } = configured({ watch: ['views'], ignore: ['views/*.html'] })
    project.write({ 'views/a.html': '2' })
    expect(config.has(at('views/a.html'))).toBe(false)
    expect(config.ignores(at('views/a.html'))).toBe(true)
    expect(config.ignores(at('views/deep/b.html'))).toBe(false)
  })
})

test('environment files of the root count, also when they are created', () => {
  const { project, at, config } = configured({})
  project.write({ '.env.dev': 'A=1', 'views/.env': 'A=1' })
  expect(config.has(at('.env.dev'))).toBe(true)
  expect(config.has(at('views/.env'))).toBe(false)
  expect(config.changed([at('.env.dev')])).toEqual({ reach: 'environment', files: [at('.env.dev')] })
})

test('package.json, lock files and tsconfig files change the project', () => {
  const { project, at, config } = configured({})
  config.addConfigs([at('tsconfig.app.json'), at('base.json')])
  project.write({ 'tsconfig.app.json': '{}', 'base.json': '{}', 'package.json': '{}' })
  expect(config.changed([at('tsconfig.app.json')])?.reach).toBe('project')
  project.write({ 'base.json': '{ }' })
  expect(config.changed([at('base.json')])?.reach).toBe('project')
  expect(config.changed([at('package.json')])?.reach).toBe('project')
})

test('a symbolic link counts when it has another target, not while it is absent', () => {
  const { at, config } = configured({})
  mkdirSync(at('two'))
  symlinkSync('views', at('current'))
  config.addLinks([[at('current'), 'views']])
  expect(config.changed([at('current')])).toBeUndefined()
  renameSync(at('current'), at('away'))
  expect(config.changed([at('current')])).toBeUndefined()
  symlinkSync('two', at('current'))
  expect(config.changed([at('current')])?.files).toEqual([at('current')])
})

test.each([
  ['./part', 'part.ts', true],
  ['./part.js', 'part.ts', true],
  ['./part.ts', 'part.ts', true],
  ['./part', 'part/index.ts', true],
  ['./part.jsx', 'part.tsx', true],
  ['./part', 'party.ts', false],
])('a missing %s is found as %s: %s', (specifier, created, found) => {
  const { at, config } = configured({})
  config.setMissing([at(specifier)])
  expect(config.includesMissing([at(created)])).toBe(found)
  expect(config.has(at(created))).toBe(found)
})

test('a file that a failed import looked for counts if it was created after the import began', () => {
  const project = createProject({ 'old.ts': '1' })
  const config = new WatchedConfig(project.root, project.file('app.ts'), {})
  const { ctimeMs } = statSync(project.file('old.ts'))
  config.setMissing([project.file('old'), project.file('lib/part')])
  expect([config.createdMissing(ctimeMs), config.createdMissing(ctimeMs + 1000)]).toEqual([true, false])
  project.write({ 'lib/part.ts': '1' })
  const created = statSync(project.file('lib/part.ts')).ctimeMs
  expect([config.createdMissing(created), config.createdMissing(created + 1000)]).toEqual([true, false])
})
