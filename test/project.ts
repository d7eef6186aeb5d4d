// A project as a reader would have it, but for the packages: those are the sources.
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { root } from './markdown.ts'

/** For Node, to run the sources. */
export const flags: readonly string[] = [
  '--conditions=@myfy/source',
  `--import=${join(root, 'node_modules/tsx/dist/esm/index.mjs')}`,
]

/** Makes one; it is gone after the tests of the file. */
export function exampleProject(): string {
  const project = realpathSync(mkdtempSync(join(tmpdir(), 'myfy-examples-')))
  afterAll(() => rmSync(project, { recursive: true, force: true }))
  mkdirSync(join(project, 'node_modules/@myfy'), { recursive: true })
  for (const name of readdirSync(join(root, 'packages')))
    symlinkSync(
      join(root, 'packages', name),
      join(project, 'node_modules', name.startsWith('create-') ? name : `@myfy/${name}`),
    )
  symlinkSync(realpathSync(join(root, 'node_modules/zod')), join(project, 'node_modules/zod'))
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }\n')
  return project
}
