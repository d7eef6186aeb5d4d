// A program of a document as a process: its lines, and its exit code after a signal.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { blocks } from './markdown.ts'
import { flags } from './project.ts'

/** Writes the example with a label into a project. Returns the path of its file. */
export function writeExample(project: string, document: string, label: string): string {
  const block = blocks(document).find((one) => one.label === label)
  if (!block) throw new Error(`Cannot find an example with the label ${label} in ${document}.`)
  const file = join(project, `${label}.ts`)
  writeFileSync(file, block.code)
  return file
}

export class Program {
  readonly lines: string[] = []
  readonly #child
  readonly #exited: Promise<number | null>
  #wake = () => {}

  /** @param leadsGroup true if the program and all that it starts are a process group of their own */
  constructor(
    file: string,
    env: Record<string, string>,
    args: readonly string[] = [],
    cwd?: string,
    leadsGroup = false,
  ) {
    this.#child = spawn(process.execPath, [...flags, file, ...args], {
      cwd,
      env: { ...process.env, NO_COLOR: '1', LOG_FORMAT: 'text', LOG_LEVEL: 'info', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: leadsGroup,
    })
    for (const stream of [this.#child.stdout, this.#child.stderr])
      createInterface(stream).on('line', (line) => {
        this.lines.push(line)
        this.#wake()
      })
    this.#exited = once(this.#child, 'close').then(([code]) => {
      this.lines.push('(exited)')
      this.#wake()
      return code as number | null
    })
  }

  /** Resolves when a line matches, with the number of matches so far at least `count`. */
  async prints(pattern: RegExp, count = 1): Promise<string> {
    for (;;) {
      const found = this.lines.filter((line) => pattern.test(line))
      if (found.length >= count) return found.at(-1)!
      if (this.lines.includes('(exited)'))
        throw new Error(
          `Cannot find a line like ${pattern}: the program has exited. Its output:\n${this.lines.join('\n')}`,
        )
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** Sends SIGINT to the group that the program leads, as Ctrl+C in a terminal does. */
  interruptGroup(): void {
    process.kill(-(this.#child.pid ?? 0), 'SIGINT')
  }

  /** Kills what is left of the group that the program leads. */
  killGroup(): void {
    try {
      process.kill(-(this.#child.pid ?? 0), 'SIGKILL')
    } catch {
      // Nothing is left.
    }
  }

  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.#child.kill(signal)
    return this.#exited
  }
}
