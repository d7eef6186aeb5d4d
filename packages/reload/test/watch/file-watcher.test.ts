import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createWatcher, type FileWatcherOptions } from '../../src/watch/file-watcher.ts'
import { createProject, type Project } from '../project.ts'

/** Watches files of a project, whose root is a watched directory as in a supervisor. */
function watching(files: string[], options: FileWatcherOptions, project: Project, directories = ['.']) {
  let seen = new Set<string>()
  const waiting = new Set<() => void>()
  const watcher = createWatcher((file) => {
    seen.add(path.relative(project.root, file))
    for (const look of waiting) look()
  }, options)
  onTestFinished(() => watcher.close())
  const watch = (names: string[], folders = directories) =>
    watcher.watch(
      names.map((name) => project.file(name)),
      folders.map((name) => path.join(project.root, name)),
    )
  watch(files)
  const sees = (...names: string[]) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!names.every((name) => seen.has(name))) return
        waiting.delete(look)
        seen = new Set()
        resolve()
      }
      waiting.add(look)
      look()
    })
  return { watch, sees, seen: () => seen, forget: () => seen.clear() }
}

const file = 'src/gen/a.ts'

/** The ways in which a file changes on disk. Each is followed by an ordinary save. */
const changes: Array<[name: string, change: (project: Project) => void]> = [
  ['is changed', (project) => project.write({ [file]: 'changed' })],
  [
    'is replaced by renaming',
    (project) => {
      project.write({ 'src/gen/a.tmp': 'replaced' })
      renameSync(project.file('src/gen/a.tmp'), project.file(file))
    },
  ],
  ['is removed', (project) => project.remove(file)],
  [
    'is removed and written again',
    (project) => {
      project.remove(file)
      project.write({ [file]: 'written again' })
    },
  ],
  [
    'is in a folder that is removed and made again',
    (project) => {
      project.remove('src/gen')
      project.write({ [file]: 'made again' })
    },
  ],
  [
    'is in a folder below one that is removed and made again',
    (project) => {
      project.remove('src')
      project.write({ [file]: 'made again' })
    },
  ],
  [
    'is in a folder that is replaced by another one',
    (project) => {
      project.write({ 'next/a.ts': 'the other one' })
      project.remove('src/gen')
      renameSync(project.file('next'), project.file('src/gen'))
    },
  ],
  [
    'is in a folder below one that is replaced by another one',
    (project) => {
      project.write({ 'next/gen/a.ts': 'the other one' })
      renameSync(project.file('src'), project.file('former'))
      renameSync(project.file('next'), project.file('src'))
    },
  ],
  [
    'is in a folder that is renamed and renamed back',
    (project) => {
      renameSync(project.file('src/gen'), project.file('src/away'))
      project.write({ 'src/away/a.ts': 'written meanwhile' })
      renameSync(project.file('src/away'), project.file('src/gen'))
    },
  ],
  [
    'is in a folder named like the one above it, which is made again',
    (project) => {
      project.write({ 'src/src/x.ts': '1' })
      project.remove('src')
      project.write({ [file]: 'made again' })
    },
  ],
]

describe.each([
  ['events', {}],
  ['polling', { poll: 10 }],
] as const)('a watcher with %s', (_, options) => {
  test.each(changes)('reports a file that %s, and its next save', async (_name, change) => {
    const project = createProject({ [file]: '1', 'src/b.ts': '1' })
    const { sees, forget } = watching([file], options, project)
    change(project)
    await sees(file)
    // An event of the change itself may still be under way, which the next save must not be taken for.
    project.write({ [file]: 'saved again' })
    await sees(file)
    forget()
    project.write({ [file]: `saved ${'x'.repeat(10)} once more` })
    await sees(file)
  })

  test.each([
    ['in a folder that is there', 'src/new.ts'],
    ['in a folder that comes later', 'src/lib/new.ts'],
    ['in nested folders that come later', 'lib/deep/er/new.ts'],
  ])('reports a file that is created %s, and its next save', async (_name, created) => {
    const project = createProject({ [file]: '1', 'src/b.ts': '1' })
    const { sees } = watching([file, created], options, project)
    project.write({ [created]: 'created' })
    await sees(created)
    project.write({ [created]: 'saved again' })
    await sees(created)
  })

  test.each([
    ['the root', '.', 'new.txt'],
    ['a folder', 'views', 'views/new.html'],
    ['a folder that comes later', 'later', 'later/new.html'],
  ])('reports new entries of %s', async (_name, directory, created) => {
    const project = createProject({ 'views/a.html': '1' })
    const { sees } = watching([], options, project, [directory])
    project.write({ [created]: 'created' })
    await sees(created)
    project.write({ [created]: 'saved again' })
    await sees(created)
  })

  test('reports what a directory held before it was watched, except at first', async () => {
    const project = createProject({ 'views/a.html': '1', 'lib/part.ts': '1' })
    const { sees, seen, watch } = watching([], options, project, ['views'])
    expect([...seen()]).toEqual([])
    watch([], ['views', 'lib'])
    await sees('lib/part.ts')
  })

  test('reports a file that is watched through a symbolic link to its folder', async () => {
    const project = createProject({ 'real/a.ts': '1' })
    symlinkSync(project.file('real'), project.file('linked'))
    const { sees } = watching(['linked/a.ts'], options, project)
    writeFileSync(project.file('real/a.ts'), 'changed in place')
    await sees('linked/a.ts')
  })

  test('reports a symbolic link that is set to another target', async () => {
    const project = createProject({ 'one/a.ts': '1', 'two/a.ts': '2' })
    symlinkSync('one', project.file('current'))
    const { sees } = watching(['current'], options, project)
    symlinkSync('two', project.file('next'))
    renameSync(project.file('next'), project.file('current'))
    await sees('current')
  })

  test('reports 500 files that are changed at once, and 500 that are created', async () => {
    const names = Array.from({ length: 500 }, (_, index) => `src/${index % 10}/part${index}.ts`)
    const all = (content: string, prefix = '') =>
      Object.fromEntries(names.map((name) => [prefix + name, content]))
    const project = createProject(all('1'))
    const created = names.map((name) => `new/${name}`)
    const { sees } = watching([...names, ...created], options, project)
    project.write(all('changed'))
    await sees(...names)
    project.write(all('created', 'new/'))
    await sees(...created)
  })

  test('does not report neighbors of a watched file', async () => {
    const project = createProject({ 'src/a.ts': '1', 'src/b.ts': '1' })
    const { sees, seen, forget } = watching(['src/a.ts'], options, project, [])
    project.write({ 'src/b.ts': '22', 'src/c.ts': '22', 'src/a.ts': '22' })
    await sees('src/a.ts')
    forget()
    rmSync(project.file('src/b.ts'))
    mkdirSync(project.file('src/folder'))
    project.write({ 'src/a.ts': '333' })
    await sees('src/a.ts')
    expect([...seen()].filter((name) => name !== 'src/a.ts')).toEqual([])
  })
})
