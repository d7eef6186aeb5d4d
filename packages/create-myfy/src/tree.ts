// Copies of folders, without files that belong to a machine and not to the project.

import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Options of {@link copyTree}. */
export interface CopyOptions {
  /** Returns true for a file to copy, by its path in the original with `/`. Default: all files. */
  readonly include?: (path: string) => boolean
  /** Returns the name of a file or folder in the copy. Default: its name in the original. */
  readonly rename?: (name: string) => string
  /** Returns the content of a file in the copy, by its path in the original with `/`. Default: the original. */
  readonly change?: (path: string, content: string) => string
}

/** Copies a folder and returns the paths of the files in the copy, with `/`. */
export function copyTree(from: string, to: string, options: CopyOptions = {}): readonly string[] {
  return copyFolder({ from, to, below: '', copiedBelow: '' }, options)
}

interface Folder {
  readonly from: string
  readonly to: string
  /** The path of the folder in the original, and in the copy: empty, or with a `/` at its end. */
  readonly below: string
  readonly copiedBelow: string
}

function copyFolder({ from, to, below, copiedBelow }: Folder, options: CopyOptions): readonly string[] {
  mkdirSync(to, { recursive: true })
  const written: string[] = []
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (isLocal(entry.name)) continue
    const name = options.rename?.(entry.name) ?? entry.name
    const [source, target, path] = [join(from, entry.name), join(to, name), below + entry.name]
    if (entry.isDirectory()) {
      const folder = { from: source, to: target, below: `${path}/`, copiedBelow: `${copiedBelow}${name}/` }
      written.push(...copyFolder(folder, options))
      continue
    }
    if (options.include?.(path) === false) continue
    const content = readFileSync(source)
    const text = content.toString('utf8')
    const changed = options.change?.(path, text) ?? text
    // Only a changed file is written as text: an image must not pass through a decoder.
    writeFileSync(target, changed === text ? content : changed)
    chmodSync(target, statSync(source).mode)
    written.push(copiedBelow + name)
  }
  return written
}

/** Returns true for files that are generated on a machine. */
function isLocal(name: string): boolean {
  if (/^\.env($|\.)/.test(name)) return name !== '.env.example'
  return (
    /^(node_modules|dist|coverage|\.data|\.artefacts|\.git|\.DS_Store)$/.test(name) ||
    /\.(log|tgz|tsbuildinfo)$/.test(name)
  )
}

/** `npm pack` leaves these files out, or obeys them. */
const RENAMED = ['.gitignore', '.npmrc', '.npmignore']

/** Returns the name of a file in this package. */
export function stored(name: string): string {
  return RENAMED.includes(name) ? `_${name.slice(1)}` : name
}

/** Returns the name of a stored file in a project. */
export function restored(name: string): string {
  return RENAMED.find((one) => stored(one) === name) ?? name
}
