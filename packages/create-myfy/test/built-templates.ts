// The templates as the build makes them.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { copyTree, isTemplateFile, pinVersions, stored, templateContent } from '../src/index.ts'

export const starter = fileURLToPath(new URL('../../../apps/starter', import.meta.url))
const sources = fileURLToPath(new URL('../templates', import.meta.url))

/** Builds all templates into a folder, with every package of this repository at version 1.2.3. */
export function buildTemplates(folder: string): void {
  const pinned = (path: string, content: string) =>
    path === 'package.json' ? pinVersions(content, () => '1.2.3') : content
  copyTree(starter, join(folder, 'api'), {
    include: isTemplateFile,
    rename: stored,
    change: (path, content) => pinned(path, templateContent(path, content)),
  })
  for (const name of ['minimal', 'worker'])
    copyTree(join(sources, name), join(folder, name), { rename: stored, change: pinned })
}

/** Reads a file of a project. */
export const read = (directory: string, file: string) => readFileSync(join(directory, file), 'utf8')
