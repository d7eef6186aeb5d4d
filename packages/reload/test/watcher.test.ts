import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { createWatcher } from '../src/watch/file-watcher.ts'
import { createProject } from './_project.ts'

function watched(poll?: number) {
  const project = createProject({ 'src/a.ts': '1', 'src/b.ts': '1' })
  const seen: string[] = []
  const waiting = new Set<() => void>()
  const watcher = createWatcher((file) => {
    seen.push(file.slice(project.root.length + 1))
    for (const look of waiting) look()
  }, poll)
  onTestFinished(() => watcher.close())
  watcher.watch([project.file('src/a.ts')])
  const sees = (name: string) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!seen.includes(name)) return
        waiting.delete(look)
        seen.length = 0
        resolve()
      }
      waiting.add(look)
      look()
    })
  return { project, seen, sees, watcher }
}

test.each([
  ['events', undefined],
  ['polling', 10],
])('with %s: saves, rename saves, and a file that goes and comes back are seen', async (_, poll) => {
  const { project, sees } = watched(poll)
  project.write({ 'src/a.ts': '22' })
  await sees('src/a.ts')
  project.write({ 'src/a.tmp': '333' })
  renameSync(project.file('src/a.tmp'), project.file('src/a.ts'))
  await sees('src/a.ts')
  project.remove('src/a.ts')
  await sees('src/a.ts')
  project.write({ 'src/a.ts': '4444' })
  await sees('src/a.ts')
})

test('a directory that is removed and comes back is watched again', async () => {
  const { project, sees } = watched()
  rmSync(project.file('src'), { recursive: true })
  await sees('src/a.ts')
  mkdirSync(project.file('src'))
  project.write({ 'src/a.ts': 'back' })
  await sees('src/a.ts')
  project.write({ 'src/a.ts': 'again' })
  await sees('src/a.ts')
})

test('neighbours of a watched file are of no interest', async () => {
  const { project, sees, seen } = watched()
  project.write({ 'src/b.ts': '2', 'src/c.ts': '2', 'src/a.ts': '2' })
  await sees('src/a.ts')
  expect(seen).toEqual([])
})
