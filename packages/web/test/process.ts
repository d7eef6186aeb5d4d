// A fixture as a process of its own: its lines, its signals, its exit.

import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const typescript = new URL('../../../test/typescript/register.mjs', import.meta.url).href
const myfy = fileURLToPath(new URL('../../cli/bin/myfy.js', import.meta.url))

export interface ProcessOptions {
  /** Flags of node. */
  readonly flags?: readonly string[]
  /** Runs it by `myfy start --workers`, with as many worker processes. */
  readonly workers?: number
  /** The number of file descriptors that it may open. */
  readonly descriptors?: number
  /** The size to which a file may grow, in blocks of 512 bytes: as on a disk that is full. */
  readonly fileBlocks?: number
}

export class Process {
  readonly child: ChildProcess
  readonly lines: string[] = []
  /** The exit code (or the signal), and when. Resolves when all lines are read. */
  readonly exited: Promise<{ readonly code: number | string | null; readonly at: number }>
  readonly #waiting = new Set<() => void>()
  #isOver = false

  constructor(
    fixture: string,
    env: Record<string, string> = {},
    { flags = [], workers, descriptors, fileBlocks }: ProcessOptions = {},
  ) {
    const file = fileURLToPath(new URL(`./fixtures/${fixture}`, import.meta.url))
    const program = workers === undefined ? [file] : [myfy, 'start', file, '--workers', String(workers)]
    const command = [process.execPath, ...flags, '--import', typescript, ...program]
    const limits = [
      ...(descriptors === undefined ? [] : [`ulimit -n ${descriptors}`]),
      ...(fileBlocks === undefined ? [] : [`ulimit -f ${fileBlocks}`]),
    ]
    const limited = limits.length === 0 ? [] : ['sh', '-c', `${limits.join('; ')}; exec "$@"`, 'sh']
    const [executable, ...args] = [...limited, ...command]
    this.child = spawn(executable!, args, {
      env: { ...process.env, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      createInterface({ input: stream }).on('line', (line) => {
        this.lines.push(line)
        for (const wake of [...this.#waiting]) wake()
      })
    }
    let at = 0
    this.child.once('exit', () => {
      at = performance.now()
    })
    // At the exit, lines may still be in the pipes.
    this.exited = new Promise((resolve) =>
      this.child.once('close', (code, signal) => {
        this.#isOver = true
        resolve({ code: code ?? signal, at })
        for (const wake of [...this.#waiting]) wake()
      }),
    )
  }

  /** The first line that matches, past or to come. */
  line(pattern: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = this.lines.find((line) => pattern.test(line))
        if (found === undefined && !this.#isOver) return
        this.#waiting.delete(look)
        if (found !== undefined) resolve(found)
        else reject(new Error(`the process ended without ${pattern}:\n${this.lines.join('\n')}`))
      }
      this.#waiting.add(look)
      look()
    })
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name)
  }

  [Symbol.dispose](): void {
    if (this.child.exitCode === null) this.child.kill('SIGKILL')
  }
}
