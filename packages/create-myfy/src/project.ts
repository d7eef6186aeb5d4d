// A new project: a template, copied into an empty folder under the project's name.

import { readdirSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CreateError } from './errors.ts'
import { projectName, withProjectName } from './naming.ts'
import { defaultTemplate, type TemplateName } from './templates.ts'
import { copyTree, restored } from './tree.ts'

/** Options of {@link createProject}. */
export interface ProjectOptions {
  /** The folder, which is created if it does not exist. It must be empty, except for a `.git`. */
  readonly directory: string
  /** The template. Default: `api`. */
  readonly template?: TemplateName
  /** The folder with all templates. Default: that of this package. */
  readonly templates?: string
}

/** A project that was created. */
export interface Project {
  /** The absolute path. */
  readonly directory: string
  /** The name in package.json. */
  readonly name: string
  /** The relative paths of its files, separated by `/`. */
  readonly files: readonly string[]
}

/**
 * Copies a template into a folder. The project has the name of the folder.
 *
 * @throws CreateError if the folder has no name, is not empty or cannot be written, or does not give a package name
 * @example
 * ```ts
 * import { createProject } from 'create-myfy'
 *
 * const { name } = createProject({ directory: 'my-app', template: 'minimal' })
 * ```
 */
export function createProject({
  directory,
  template = defaultTemplate,
  templates = ownTemplates,
}: ProjectOptions): Project {
  if (directory === '')
    throw new CreateError(
      'MYFY_CREATE_USAGE',
      'Cannot create a project: the name of its folder is empty. Pass a name, or `.` for the present folder.',
      2,
    )
  const target = resolve(directory)
  const name = projectName(basename(target))
  const present = permitted(directory, () => contents(target, directory))
  if (present.length > 0) {
    const some = present.slice(0, 3).join(', ') + (present.length > 3 ? ', …' : '')
    throw new CreateError(
      'MYFY_CREATE_NOT_EMPTY',
      `Cannot create a project in ${directory}: the folder is not empty (${some}). Use another folder, or empty this one.`,
    )
  }
  const files = permitted(directory, () =>
    copyTree(join(templates, template), target, {
      rename: (file) => withProjectName(restored(file), name),
      change: (_path, content) => withProjectName(content, name),
    }),
  )
  return { directory: target, name, files }
}

/** Names the folder in which the system refuses to read or to write. An error in this package stays as it is. */
function permitted<T>(directory: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    const { syscall, message } = error as NodeJS.ErrnoException
    if (syscall === undefined) throw error
    throw new CreateError(
      'MYFY_CREATE_REFUSED',
      `Cannot create a project in ${directory}: the system refuses it (${message}). Use another folder, or change its permissions.`,
    )
  }
}

const ownTemplates = fileURLToPath(new URL('../template', import.meta.url))

/** Returns what is in a folder. @param name - the folder as the user has written it */
function contents(folder: string, name: string): readonly string[] {
  const stat = statSync(folder, { throwIfNoEntry: false })
  if (stat === undefined) return []
  if (!stat.isDirectory()) {
    throw new CreateError(
      'MYFY_CREATE_NOT_A_FOLDER',
      `Cannot create a project in ${name}: it is a file. Use another name.`,
    )
  }
  return readdirSync(folder).filter((entry) => entry !== '.git')
}
