// The libraries of `fixtures/libraries`, which the heavy tests run beside an application.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './markdown.ts'

export const libraries: string = join(root, 'test/fixtures/libraries')

/** Installs the libraries at the versions of the lock file unless they are there, and links the packages. */
export function installLibraries(): void {
  const lock = join(libraries, 'package-lock.json')
  const installed = join(libraries, 'node_modules/.package-lock.json')
  if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs)
    execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: libraries, stdio: 'pipe' })
  const scope = join(libraries, 'node_modules/@myfy')
  mkdirSync(scope, { recursive: true })
  for (const name of readdirSync(join(root, 'packages'))) {
    if (name.startsWith('create-') || existsSync(join(scope, name))) continue
    symlinkSync(join(root, 'packages', name), join(scope, name))
  }
}
