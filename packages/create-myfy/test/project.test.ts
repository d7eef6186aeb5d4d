import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createProject, templates as descriptions, type TemplateName } from '../src/index.ts'
import { buildTemplates, read, starter } from './built-templates.ts'

const scratch = mkdtempSync(join(tmpdir(), 'create-myfy-'))
const templates = join(scratch, 'templates')
const names = Object.keys(descriptions) as TemplateName[]
beforeAll(() => buildTemplates(templates))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

let count = 0
const create = (name: string, template?: TemplateName) =>
  createProject({ directory: join(scratch, `${count++}`, name), template, templates })

describe.each(names)('a project of the template %s', (template) => {
  test('has its own name everywhere', () => {
    const { directory, name, files } = create('Order Service', template)
    expect(name).toBe('order-service')
    expect(JSON.parse(read(directory, 'package.json')).name).toBe('order-service')
    expect(read(directory, 'README.md')).toMatch(/^# order-service\n/)
    for (const file of files) {
      expect(file).not.toContain('starter')
      expect(read(directory, file), file).not.toMatch(/starter/i)
    }
  })

  test('has each file that its README names', () => {
    const { directory, files } = create('app', template)
    const paths = [
      ...read(directory, 'README.md').matchAll(/\b(?:src|test|public|migrations|deploy)\/[\w./-]+\w/g),
    ]
    for (const [path] of paths)
      expect(
        files.filter((file) => file.startsWith(path)),
        path,
      ).not.toEqual([])
  })

  test('depends on released versions', () => {
    const { directory } = create('app', template)
    const { dependencies } = JSON.parse(read(directory, 'package.json'))
    expect(dependencies['@myfy/core']).toBe('^1.2.3')
    expect(read(directory, 'package.json')).not.toContain('workspace:')
  })

  test('has a .gitignore, a Dockerfile and a .dockerignore without .git', () => {
    const { directory, files } = create('app', template)
    expect(files).toContain('.gitignore')
    expect(files).not.toContain('_gitignore')
    expect(read(directory, 'Dockerfile')).toContain('CMD ["node_modules/.bin/myfy", "start", "dist/main.js"]')
    expect(read(directory, '.dockerignore').split('\n')).toEqual(
      expect.arrayContaining(['.git', 'node_modules', '.env*']),
    )
  })
})

test('a project needs the name of a folder: an empty one is not the present folder', () => {
  expect(() => createProject({ directory: '', templates })).toThrow('the name of its folder is empty')
})

describe('a project of the template api', () => {
  test('is the reference app without the tests of its deployment', () => {
    const { directory, files } = create('starter')
    expect(files.filter((file) => file.startsWith('test/')).sort()).toEqual([
      'test/application.ts',
      'test/crash-scenario.ts',
      'test/events.test.ts',
      'test/lines.ts',
      'test/quiet.ts',
      'test/running.ts',
      'test/servers.ts',
      'test/tasks.test.ts',
      'test/transactions.test.ts',
      'test/users.test.ts',
    ])
    for (const file of files.filter((one) => one.startsWith('src/'))) {
      expect(read(directory, file), file).toBe(readFileSync(join(starter, file), 'utf8'))
      expect(statSync(join(directory, file)).mode, file).toBe(statSync(join(starter, file)).mode)
    }
  })

  test('has only the development dependencies that its files use', () => {
    const { directory, files } = create('app')
    const { devDependencies, scripts } = JSON.parse(read(directory, 'package.json'))
    const text = files.map((file) => read(directory, file)).join('\n') + JSON.stringify(scripts)
    const implied = new Set(['@types/node', '@types/pg', 'typescript', 'tsx'])
    for (const name of Object.keys(devDependencies).filter((one) => !implied.has(one)))
      expect(text.split(name).length, name).toBeGreaterThan(2)
  })

  test('describes the tests that it has', () => {
    const { directory } = create('app')
    expect(read(directory, 'README.md')).not.toMatch(/Chromium|MYFY_HEAVY/)
  })

  test('has names that PostgreSQL, Kubernetes and systemd accept', () => {
    const { directory, files } = create('my.app_2')
    expect(files).toContain('deploy/my-app-2.service')
    expect(read(directory, 'deploy/kubernetes.yaml')).toContain('  name: my-app-2\n')
    expect(read(directory, 'test/servers.ts')).toContain('`my_app_2_$')
  })
})

describe('a folder', () => {
  test('must be empty, except for a .git', () => {
    const full = join(scratch, 'full')
    mkdirSync(full)
    writeFileSync(join(full, 'notes.txt'), 'mine')
    expect(() => createProject({ directory: full, templates })).toThrow(
      `Cannot create a project in ${full}: the folder is not empty (notes.txt). Use another folder, or empty this one.`,
    )
    expect(readdirSync(full)).toEqual(['notes.txt'])
    const fresh = join(scratch, 'fresh')
    mkdirSync(join(fresh, '.git'), { recursive: true })
    expect(createProject({ directory: fresh, templates }).name).toBe('fresh')
    writeFileSync(join(scratch, 'file'), '')
    expect(() => createProject({ directory: join(scratch, 'file'), templates })).toThrow('it is a file')
    const below = join(scratch, 'file', 'app')
    expect(() => createProject({ directory: below, templates })).toThrow(
      expect.objectContaining({
        code: 'MYFY_CREATE_REFUSED',
        message: expect.stringMatching(/the system refuses it \(ENOTDIR: .*Use another folder/),
      }),
    )
  })
})
