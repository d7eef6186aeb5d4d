// Projects in temporary folders that use the packages of this workspace, and the real `myfy` in them.

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'
import { freePort } from '../../../test/free-port.ts'

export { freePort }

const packages = fileURLToPath(new URL('../..', import.meta.url))
const typescript = new URL('../../../test/typescript/register.mjs', import.meta.url).href
const made: string[] = []
const children = new Set<ChildProcess>()

afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true })
})

/** Makes a project of files. */
export function project(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'myfy-cli-'))
  made.push(directory)
  mkdirSync(join(directory, 'node_modules/@myfy'), { recursive: true })
  for (const name of ['di', 'core', 'web', 'reload', 'cli']) {
    symlinkSync(join(packages, name), join(directory, 'node_modules/@myfy', name))
  }
  symlinkSync(join(packages, 'cli/node_modules/zod'), join(directory, 'node_modules/zod'))
  write(directory, { 'package.json': '{ "type": "module" }', ...files })
  return directory
}

/** Writes files into a project. */
export function write(directory: string, files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true })
    writeFileSync(join(directory, name), content)
  }
}

/** The program of the command line. */
export const program = { node: process.execPath, args: [join(packages, 'cli/bin/myfy.js')] }

/** The output of a process and its end. */
export interface Result {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** Both, in the order in which they came. */
  readonly output: string
}

/** A process that runs. */
export interface Running {
  readonly pid: number
  readonly output: string
  readonly ended: Promise<Result>
  /** Resolves with the match when the output has it. Fails when the process ends before. */
  until(pattern: RegExp | string, from?: number): Promise<RegExpExecArray>
  kill(signal: NodeJS.Signals): void
  /** Sends a signal again and again until the output has this: at first it counts as one key press. */
  press(signal: NodeJS.Signals, pattern: RegExp | string): Promise<Result>
}

/** The environment of a process. */
export interface LaunchOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Starts a process group. Default: false. */
  readonly detached?: boolean
}

/** Starts `myfy`. */
export function start(words: readonly string[], options: LaunchOptions): Running {
  return launch(program.node, [...program.args, ...words], options)
}

/** Starts a program. */
export function launch(
  command: string,
  args: readonly string[],
  { cwd, env = {}, detached = false }: LaunchOptions,
): Running {
  const clean = {
    ...process.env,
    NODE_OPTIONS: undefined,
    FORCE_COLOR: undefined,
    VITEST: undefined,
    NODE_ENV: undefined,
  }
  const child = spawn(command, args, {
    cwd,
    env: { ...clean, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached,
  })
  children.add(child)
  let stdout = ''
  let stderr = ''
  let output = ''
  let over = false
  const waiting = new Set<() => void>()
  const heard = () => {
    for (const look of [...waiting]) look()
  }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    output += text
    heard()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    output += text
    heard()
  })
  const ended = new Promise<Result>((resolve) => {
    child.once('close', (code, signal) => {
      over = true
      children.delete(child)
      heard()
      resolve({ code, signal, stdout, stderr, output })
    })
  })
  const running: Running = {
    pid: child.pid!,
    get output() {
      return output
    },
    ended,
    until(pattern, from = 0) {
      const wanted =
        typeof pattern === 'string' ? new RegExp(pattern.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')) : pattern
      return new Promise((resolve, reject) => {
        const late = setTimeout(() => {
          waiting.delete(look)
          reject(new Error(`Cannot find ${wanted} within 50 s. The output was:\n${output}`))
        }, 50_000)
        const look = () => {
          const match = wanted.exec(output.slice(from))
          if (!match && !over) return
          waiting.delete(look)
          clearTimeout(late)
          if (match) resolve(match)
          else reject(new Error(`Cannot find ${wanted}: the process has ended. The output was:\n${output}`))
        }
        waiting.add(look)
        look()
      })
    },
    kill: (signal) => void child.kill(signal),
    async press(signal, pattern) {
      const timer = setInterval(() => child.kill(signal), 100)
      await running.until(pattern).finally(() => clearInterval(timer))
      return ended
    },
  }
  return running
}

/** Runs a script of these tests, over the sources. */
export function script(name: string, words: readonly string[], options: LaunchOptions): Promise<Result> {
  const file = fileURLToPath(new URL(name, import.meta.url))
  const flags = ['--conditions=@myfy/source', '--import', typescript]
  return launch(process.execPath, [...flags, file, ...words], options).ended
}

/** Runs `myfy` to its end. */
export function myfy(words: readonly string[], options: LaunchOptions): Promise<Result> {
  return start(words, options).ended
}

/** Reports whether a process is there. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
