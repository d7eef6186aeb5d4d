// A throw-away project on disk.

import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'

export interface Project {
  readonly root: string
  file(name: string): string
  write(files: Record<string, string>): void
  /** Saves files as an editor does that renames: one that reads them finds the former content or the whole new one. */
  replace(files: Record<string, string>): void
  remove(name: string): void
}

/** Makes a directory with these files; it is removed when the test ends. */
export function createProject(
  files: Record<string, string>,
  onEnd: (end: () => void) => void = onTestFinished,
): Project {
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'myfy-reload-')))
  onEnd(() => removeTree(root))
  const file = (name: string) => path.join(root, name)
  const project: Project = {
    root,
    file,
    write(more) {
      for (const [name, content] of Object.entries(more)) {
        mkdirSync(path.dirname(file(name)), { recursive: true })
        writeFileSync(file(name), content)
      }
    },
    replace(more) {
      for (const [name, content] of Object.entries(more)) {
        mkdirSync(path.dirname(file(name)), { recursive: true })
        writeFileSync(file('written.tmp'), content)
        renameSync(file('written.tmp'), file(name))
      }
    },
    remove: (name) => rmSync(file(name), { recursive: true }),
  }
  project.write({ 'package.json': '{ "type": "module" }', ...files })
  return project
}

/** Removes a directory in which a child of the application may still write: the retries of `rmSync` list it once. */
function removeTree(root: string, retries = 20): void {
  try {
    rmSync(root, { recursive: true, force: true })
  } catch (error) {
    if (retries === 0) throw error
    removeTree(root, retries - 1)
  }
}
