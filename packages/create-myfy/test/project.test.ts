import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { copyTree, createProject, pinVersions, projectName, stored } from '../src/index.ts'

const starter = fileURLToPath(new URL('../../../apps/starter', import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'create-myfy-'))
const template = join(scratch, 'template')
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

// As the build makes it; without what a test of the starter may be writing at this moment.
beforeAll(() => {
  copyTree(starter, template, {
    rename: stored,
    change: (path, content) => (path === 'package.json' ? pinVersions(content, () => '1.2.3') : content),
  })
})

/** All files below a folder, but for those that belong to a machine. */
function filesOf(directory: string, below = ''): string[] {
  return readdirSync(join(directory, below), { withFileTypes: true })
    .filter(
      ({ name }) =>
        !/^(node_modules|dist|\.data|\.artefacts|coverage)$|\.(log|tgz|tsbuildinfo)$|^\.env$/.test(name),
    )
    .flatMap((entry) =>
      entry.isDirectory() ? filesOf(directory, join(below, entry.name)) : [join(below, entry.name)],
    )
    .sort()
}

describe('a new project', () => {
  test('is the reference app in content, but for its name and the versions', () => {
    const { directory, name, files } = createProject({ directory: join(scratch, 'My App'), template })
    expect(name).toBe('my-app')
    expect(filesOf(directory)).toEqual(filesOf(starter))
    expect([...files].sort()).toEqual(filesOf(starter))
    for (const file of filesOf(starter)) {
      if (file === 'package.json') continue
      expect(readFileSync(join(directory, file)).equals(readFileSync(join(starter, file))), file).toBe(true)
      expect(statSync(join(directory, file)).mode, file).toBe(statSync(join(starter, file)).mode)
    }
    const [theirs, ours] = [starter, directory].map((folder) =>
      JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')),
    )
    expect(ours.dependencies['@myfy/core']).toBe('^1.2.3')
    const versions = Object.fromEntries(
      Object.keys(theirs.dependencies).map((one) => [
        one,
        theirs.dependencies[one].replace('workspace:^', '^1.2.3'),
      ]),
    )
    expect(ours).toEqual({ ...theirs, name: 'my-app', dependencies: versions })
    expect(JSON.stringify(ours)).not.toContain('workspace:')
  })

  test('keeps its .gitignore, which a package cannot carry by its name', () => {
    expect(readdirSync(template)).toContain('_gitignore')
    const { files } = createProject({ directory: join(scratch, 'ignoring'), template })
    expect(files).toContain('.gitignore')
    expect(files).not.toContain('_gitignore')
  })

  test('is not made in a folder that has something in it, but beside a .git', () => {
    const full = join(scratch, 'full')
    mkdirSync(full)
    writeFileSync(join(full, 'notes.txt'), 'mine')
    expect(() => createProject({ directory: full, template })).toThrow(
      `${full} is not empty (notes.txt); take another folder, or empty this one`,
    )
    expect(readdirSync(full)).toEqual(['notes.txt'])
    const fresh = join(scratch, 'fresh')
    mkdirSync(join(fresh, '.git'), { recursive: true })
    expect(createProject({ directory: fresh, template }).name).toBe('fresh')
    writeFileSync(join(scratch, 'file'), '')
    expect(() => createProject({ directory: join(scratch, 'file'), template })).toThrow('is a file')
  })
})

test.each([
  ['my-app', 'my-app'],
  ['My App!', 'my-app'],
  ['.hidden', 'hidden'],
  ['_x_', 'x_'],
  ['Überblick', 'u-berblick'],
])('the folder %s gives the name %s', (folder, name) => {
  expect(projectName(folder)).toBe(name)
})

test('a folder without a letter gives no name', () => {
  expect(() => projectName('...')).toThrow('take a folder with letters')
})
