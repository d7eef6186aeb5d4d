// Making a project: the template into an empty folder, under its own name.

import { readdirSync, statSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CreateError } from './errors.ts'
import { nameProject, projectName } from './manifest.ts'
import { copyTree, restored } from './tree.ts'

/** What {@link createProject} makes. */
export interface ProjectOptions {
  /** Where; made if it is not there. It must be empty, but for a `.git`. */
  readonly directory: string
  /** The folder to copy. Default: the template of this package. */
  readonly template?: string
}

/** A project that was made. */
export interface Project {
  /** The absolute path. */
  readonly directory: string
  /** The name in package.json. */
  readonly name: string
  /** The files, relative, with `/`. */
  readonly files: readonly string[]
}

/**
 * Copies the reference app into a folder and gives it the folder's name.
 *
 * @throws CreateError if the folder is not empty or its name is none
 * @example
 * ```ts
 * import { createProject } from 'create-myfy'
 *
 * const { name } = createProject({ directory: 'my-app' })
 * ```
 */
export function createProject({ directory, template = ownTemplate }: ProjectOptions): Project {
  const target = resolve(directory)
  const name = projectName(basename(target))
  const there = contents(target)
  if (there.length > 0) {
    const some = there.slice(0, 3).join(', ') + (there.length > 3 ? ', …' : '')
    throw new CreateError(
      'CREATE_NOT_EMPTY',
      `${directory} is not empty (${some}); take another folder, or empty this one`,
    )
  }
  const change = (path: string, content: string) =>
    path === 'package.json' ? nameProject(content, name) : content
  return { directory: target, name, files: copyTree(template, target, { rename: restored, change }) }
}

const ownTemplate = fileURLToPath(new URL('../template', import.meta.url))

function contents(directory: string): readonly string[] {
  const stat = statSync(directory, { throwIfNoEntry: false })
  if (stat === undefined) return []
  if (!stat.isDirectory())
    throw new CreateError('CREATE_NOT_A_FOLDER', `${directory} is a file; take another name`)
  return readdirSync(directory).filter((name) => name !== '.git')
}
