// Copying a folder, without what belongs to a machine rather than to the project.

import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** How a folder is copied. */
export interface CopyOptions {
  /** The name of a file or folder in the copy. Default: its own. */
  readonly rename?: (name: string) => string
  /** The content of a file in the copy, by its path in the original with `/`. Default: its own. */
  readonly change?: (path: string, content: string) => string
}

/** Copies a folder and returns the paths of the files that were written, with `/`. */
export function copyTree(from: string, to: string, options: CopyOptions = {}, below = ''): readonly string[] {
  mkdirSync(to, { recursive: true })
  const written: string[] = []
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (isLocal(entry.name)) continue
    const name = options.rename?.(entry.name) ?? entry.name
    const [source, target, path] = [join(from, entry.name), join(to, name), below + entry.name]
    if (entry.isDirectory()) {
      written.push(...copyTree(source, target, options, `${path}/`))
      continue
    }
    const content = readFileSync(source)
    const text = options.change?.(path, content.toString('utf8'))
    // Only what was really changed is written as text: an image must not pass through a decoder.
    writeFileSync(target, text === undefined || text === content.toString('utf8') ? content : text)
    chmodSync(target, statSync(source).mode)
    written.push(below + name)
  }
  return written
}

/** What is made on a machine and never part of a project. */
function isLocal(name: string): boolean {
  if (/^\.env($|\.)/.test(name)) return name !== '.env.example'
  return (
    /^(node_modules|dist|coverage|\.data|\.artefacts|\.git|\.DS_Store)$/.test(name) ||
    /\.(log|tgz|tsbuildinfo)$/.test(name)
  )
}

// `npm pack` leaves these out, or takes them for instructions to itself.
const unpackable = ['.gitignore', '.npmrc', '.npmignore']

/** The name under which a file lies in the package. */
export function stored(name: string): string {
  return unpackable.includes(name) ? `_${name.slice(1)}` : name
}

/** The name of a stored file in a project. */
export function restored(name: string): string {
  return unpackable.find((one) => stored(one) === name) ?? name
}
