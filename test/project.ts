// A project of a reader, except that the packages are the sources of the workspace.
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
import { pathToFileURL } from 'node:url'
import { afterAll } from 'vitest'
import { root } from './markdown.ts'

/** Options of Node.js that run TypeScript. */
export const flags: readonly string[] = [
  `--import=${pathToFileURL(join(root, 'test/typescript/register.mjs'))}`,
]

/** Creates a project, which is removed after the tests of the file. */
export function exampleProject(): string {
  const project = realpathSync(mkdtempSync(join(tmpdir(), 'myfy-examples-')))
  afterAll(() => rmSync(project, { recursive: true, force: true }))
  mkdirSync(join(project, 'node_modules/@myfy'), { recursive: true })
  for (const name of readdirSync(join(root, 'packages')))
    symlinkSync(
      join(root, 'packages', name),
      join(project, 'node_modules', name.startsWith('create-') ? name : `@myfy/${name}`),
    )
  for (const name of ['zod', 'amqplib', 'better-auth', 'drizzle-orm', 'express', 'fastify', 'jose', 'kysely'])
    symlinkSync(realpathSync(join(root, 'node_modules', name)), join(project, 'node_modules', name))
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }\n')
  return project
}
