// Reports what the application writes, and that it starts children: a reload that it causes itself would repeat.
//
// Node has no event for written files, and the system does not say which process has written one. The functions of
// `node:fs` are therefore wrapped, before any other module can keep one of them. Native addons and worker threads are not
// seen. What a child process writes is not seen either, but that it runs.

import type { ChildProcess } from 'node:child_process'
import { subscribe } from 'node:diagnostics_channel'
import { realpathSync } from 'node:fs'
import { createRequire, syncBuiltinESMExports } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { OwnActivity } from '../watch/own-writes.ts'

/** The functions that write, by the position of the paths that they alter. Each exists in up to three forms. */
const WRITERS: Readonly<Record<string, readonly number[]>> = {
  writeFile: [0],
  appendFile: [0],
  truncate: [0],
  copyFile: [1],
  cp: [1],
  link: [1],
  symlink: [1],
  rename: [0, 1],
  unlink: [0],
  rm: [0],
  open: [0],
}

/** The functions that run a command and wait for its end. */
const COMMANDS = ['spawnSync', 'execSync', 'execFileSync'] as const

/** The time in which the writes to one path are reported once, in ms. A log is written line by line. */
const REPORT_MS = 50
/** The number of paths of which the last report is remembered. */
const MAX_PATHS = 1000

type AnyFunction = (...args: unknown[]) => unknown
type Functions = Record<string, AnyFunction>

/** Reports the writes and the children of this process until it ends. */
export function observeWrites(report: (activity: OwnActivity) => void): void {
  const require = createRequire(import.meta.url)
  const fs: Functions & { promises: Functions } = require('node:fs')
  const reported = new Map<string, number>()
  const wrote = (argument: unknown) => {
    const file = pathOf(argument)
    const now = performance.now()
    if (file === undefined || now - (reported.get(file) ?? Number.NEGATIVE_INFINITY) < REPORT_MS) return
    if (reported.size >= MAX_PATHS) reported.clear()
    reported.set(file, now)
    report({ kind: 'write', path: file })
    // The supervisor knows a file by the name by which it was imported, or by its own.
    const real = realNameOf(file)
    if (real !== file) report({ kind: 'write', path: real })
  }
  for (const [name, positions] of Object.entries(WRITERS)) {
    const before = (args: unknown[]): undefined => {
      if (name !== 'open' || opensToWrite(args[1])) for (const position of positions) wrote(args[position])
    }
    wrap(fs, name, before)
    wrap(fs, `${name}Sync`, before)
    wrap(fs.promises, name, before)
  }
  let children = 0
  /** Reports a child. Returns what reports its end. */
  const started = () => {
    const child = ++children
    const tell = (running: boolean) => report({ kind: 'child', child, running, at: Date.now() })
    tell(true)
    return () => tell(false)
  }
  const commands: Functions = require('node:child_process')
  for (const name of COMMANDS) wrap(commands, name, started)
  syncBuiltinESMExports()
  subscribe('child_process', (message) => {
    const { process } = message as { process: ChildProcess }
    const ended = started()
    process.once('exit', ended)
    process.once('error', () => process.pid === undefined && ended())
  })
}

/** Calls `before`, and what this returns afterwards. The properties of the function stay, for example its form for `promisify`. */
function wrap(owner: Functions, name: string, before: (args: unknown[]) => (() => void) | undefined): void {
  const original = owner[name]
  if (original === undefined) return
  owner[name] = new Proxy(original, {
    apply(target, self, args) {
      const after = before(args)
      try {
        return Reflect.apply(target, self, args)
      } finally {
        after?.()
      }
    },
  })
}

function pathOf(argument: unknown): string | undefined {
  try {
    if (typeof argument === 'string') return path.resolve(argument)
    if (argument instanceof URL) return fileURLToPath(argument)
    if (Buffer.isBuffer(argument)) return path.resolve(argument.toString())
  } catch {
    // Node reports it.
  }
  // A file descriptor was opened before.
  return undefined
}

/** Resolves links; those in the directory only, if the file does not exist. */
function realNameOf(file: string): string {
  for (const rest of ['', path.basename(file)]) {
    try {
      return path.join(realpathSync.native(rest ? path.dirname(file) : file), rest)
    } catch {
      // The next name.
    }
  }
  return file
}

/** Reports whether a flag of `open` allows to write; numbers may contain O_WRONLY or O_RDWR. */
function opensToWrite(flag: unknown): boolean {
  return typeof flag === 'number' ? (flag & 3) !== 0 : typeof flag === 'string' && /[wa+]/.test(flag)
}
